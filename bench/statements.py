"""The bare views' statements, one for each page, written by hand for PostgreSQL."""

from __future__ import annotations

#: What a manager of a subtree reads: everything below, of its own unit only what was released to it.
_SCORES_SEEN = """
FROM score s
JOIN unit u ON u.id = s.unit_id
JOIN criterion c ON c.id = s.criterion_id
JOIN assessment a ON a.id = s.assessment_id
JOIN round r ON r.id = a.round_id
LEFT JOIN (account p JOIN unit pu ON pu.id = p.unit_id AND pu.path >= %(path)s AND pu.path < %(path_end)s)
  ON p.id = s.author_id
WHERE u.path >= %(path)s AND u.path < %(path_end)s
  AND (s.unit_id <> %(unit_id)s OR s.layer <= 20 OR a.released >= s.layer)
"""

_LIST = """
SELECT s.id, u.name AS unit, r.name AS round, c.code, c.name AS criterion, s.layer, s.points, s.not_applicable,
  p.full_name AS author, s.updated_at
"""

SCORES = f"{_LIST}{_SCORES_SEEN} ORDER BY s.id DESC LIMIT 50"

SCORES_SEARCHED = f"""
{_LIST}{_SCORES_SEEN}
  AND (u.name_search LIKE %(first)s OR c.name_search LIKE %(first)s OR lower(c.code) LIKE %(first)s)
  AND (u.name_search LIKE %(second)s OR c.name_search LIKE %(second)s OR lower(c.code) LIKE %(second)s)
ORDER BY s.id DESC LIMIT 50
"""

SCORES_EXPORTED = f"{_LIST}{_SCORES_SEEN} ORDER BY s.id DESC"

#: The whole form: criteria in order, exemption, own score, what counted last year, pieces of evidence.
FORM = """
SELECT c.code, c.name, c.kind, c.method, c.max_points, c.is_leaf, c.parent_id, c.rule_json, c.evidence_required,
  e.reason AS exempt, s.inputs, s.stated_points, s.points, s.not_applicable, s.note, s.reason, s.version, s.updated_at,
  l.points AS last_points, l.self_points AS last_self, l.not_applicable AS last_not_applicable, l.remark,
  coalesce(k.pieces, 0) AS pieces
FROM criterion c
JOIN assessment a ON a.criteria_set_id = c.set_id
LEFT JOIN exemption e ON e.assessment_id = a.id AND e.criterion_id = c.id
LEFT JOIN score s ON s.assessment_id = a.id AND s.criterion_id = c.id AND s.layer = 10
LEFT JOIN (edition_leaf l JOIN edition d ON d.id = l.edition_id AND d.in_force
    JOIN ranking_group g ON g.id = d.group_id JOIN round r ON r.id = g.round_id AND r.year = %(last_year)s)
  ON l.unit_id = a.unit_id AND l.code = c.code
LEFT JOIN (SELECT criterion_id, count(*) AS pieces FROM evidence_link WHERE assessment_id = %(form_id)s
    GROUP BY criterion_id) k ON k.criterion_id = c.id
WHERE a.id = %(form_id)s AND a.unit_id = %(unit_id)s
ORDER BY c.path
"""

#: The published table of a group: rows with the points of their fields, in the order of the fields.
PUBLISHED = """
SELECT w.rank, w.unit_name, w.parent_name, w.rank_in_parent, w.index, w.class_name, w.achieved, w.maximum, w.bonus,
  w.penalty, array_agg(f.achieved ORDER BY f.position) AS fields, array_agg(f.code || '. ' || f.name ORDER BY f.position)
  AS titles
FROM edition_row w JOIN edition_field f ON f.row_id = w.id
WHERE w.edition_id = %(edition_id)s
GROUP BY w.id ORDER BY w.position
"""

#: A group on the basis of self-assessment, summed from its leaves; bonus cut at the leaf, the group capped by the rule.
PROVISIONAL = """
WITH said AS (
  SELECT DISTINCT ON (s.assessment_id, s.criterion_id) s.assessment_id, s.criterion_id, s.points, s.not_applicable
  FROM score s JOIN assessment a ON a.id = s.assessment_id
  WHERE a.group_id = %(group_id)s AND s.layer IN (10, 20)
  ORDER BY s.assessment_id, s.criterion_id, s.layer DESC
), fields AS (
  SELECT a.id AS form_id, a.unit_id, f.path, f.name, f.kind,
    coalesce(sum(CASE WHEN c.kind NOT IN ('bonus', 'penalty') THEN coalesce(s.points, 0) END), 0) AS achieved,
    coalesce(sum(CASE WHEN c.kind NOT IN ('bonus', 'penalty') AND s.criterion_id IS NOT NULL THEN c.max_points END), 0)
      AS maximum,
    count(*) FILTER (WHERE c.kind NOT IN ('bonus', 'penalty') AND s.criterion_id IS NOT NULL) AS scored,
    count(*) FILTER (WHERE c.kind NOT IN ('bonus', 'penalty')) AS leaves,
    least(coalesce(sum(CASE WHEN c.kind = 'bonus' AND s.points > 0 THEN least(s.points, c.max_points) END), 0),
      (f.rule_json->>'bonus_cap')::numeric * 10000) AS bonus
  FROM assessment a
  JOIN criterion f ON f.set_id = a.criteria_set_id AND f.parent_id IS NULL
  JOIN criterion c ON c.set_id = f.set_id AND c.field_code = f.code AND c.is_leaf
    AND c.method <> 'survey' AND c.kind <> 'penalty'
  LEFT JOIN exemption e ON e.assessment_id = a.id AND e.criterion_id = c.id
  LEFT JOIN said s ON s.assessment_id = a.id AND s.criterion_id = c.id
  WHERE a.group_id = %(group_id)s AND e.id IS NULL
  GROUP BY a.id, a.unit_id, f.id
)
SELECT u.name AS unit, p.name AS parent, sum(x.scored) AS scored, sum(x.leaves) AS leaves, sum(x.achieved) AS achieved,
  sum(x.maximum) AS maximum, sum(x.bonus) AS bonus, 0 AS penalty,
  array_agg(x.achieved ORDER BY x.path) FILTER (WHERE x.kind = 'field') AS fields
FROM fields x JOIN unit u ON u.id = x.unit_id LEFT JOIN unit p ON p.id = u.parent_id
GROUP BY u.id, p.name ORDER BY u.code
"""

#: The form with its own right to be scored, locked; asked before each save.
LEAVES = """
SELECT c.code, c.id, c.method, c.max_points, c.rule_json, a.criteria_set_id, s.id AS score_id, s.version
FROM assessment a
JOIN criterion c ON c.set_id = a.criteria_set_id AND c.code = ANY(%(codes)s)
LEFT JOIN score s ON s.assessment_id = a.id AND s.criterion_id = c.id AND s.layer = 10
WHERE a.id = %(form_id)s AND a.unit_id = %(unit_id)s AND a.signed_at IS NULL
FOR UPDATE OF a
"""

SAVE = """
UPDATE score SET inputs = %(inputs)s, computed_points = %(points)s, points = %(points)s, note = %(note)s,
  not_applicable = %(not_applicable)s, author_id = %(author_id)s, updated_at = clock_timestamp(), version = version + 1
WHERE id = %(id)s AND version = %(version)s
"""

AUDIT = """
INSERT INTO audit_entry (at, actor_id, actor_name, authority, unit_id, verb, operation, object_type, object_id, changes,
  reason, request_id, address)
VALUES (clock_timestamp(), %(author_id)s, %(name)s, 'officer', %(unit_id)s, 'score', 'update', 'Score', %(id)s,
  %(changes)s, '', '', '127.0.0.1')
"""

#: Survey leaves of a round by unit and code, with what stands there.
SURVEY_LEAVES = """
SELECT u.code AS unit_code, c.code, c.id AS criterion_id, c.max_points, c.rule_json, a.id AS form_id, a.unit_id,
  a.criteria_set_id, s.id AS score_id
FROM assessment a
JOIN round r ON r.id = a.round_id AND r.code = %(round_code)s
JOIN unit u ON u.id = a.unit_id
JOIN criterion c ON c.set_id = a.criteria_set_id AND c.method = 'survey'
LEFT JOIN score s ON s.assessment_id = a.id AND s.criterion_id = c.id AND s.layer = 45
"""

PUT_SURVEY = """
INSERT INTO score (assessment_id, unit_id, criteria_set_id, criterion_id, layer, inputs, computed_points, points,
  not_applicable, note, reason, author_id, updated_at, version)
VALUES (%(form_id)s, %(unit_id)s, %(criteria_set_id)s, %(criterion_id)s, 45, %(inputs)s, %(points)s, %(points)s, false,
  '', '', %(author_id)s, clock_timestamp(), 1)
ON CONFLICT (assessment_id, criterion_id, layer) DO UPDATE SET inputs = excluded.inputs,
  computed_points = excluded.computed_points, points = excluded.points, updated_at = excluded.updated_at,
  version = score.version + 1
"""

AUDIT_SURVEY = """
INSERT INTO audit_entry (at, actor_id, actor_name, authority, unit_id, verb, operation, object_type, object_id, changes,
  reason, request_id, address)
SELECT clock_timestamp(), %(author_id)s, 'Admin', 'admin', s.unit_id, 'import_survey', 'update', 'Score', s.id::varchar,
  json_build_object('inputs', %(inputs)s::json), '', '', '127.0.0.1'
FROM score s WHERE s.assessment_id = %(form_id)s AND s.criterion_id = %(criterion_id)s AND s.layer = 45
"""

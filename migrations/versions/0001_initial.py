"""initial

Revision ID: 0001
Revises:
Create Date: 2026-11-23 16:17:35.955710

"""

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "level",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_level")),
        sa.UniqueConstraint("code", name=op.f("uq_level_code")),
    )
    op.create_table(
        "login_throttle",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_throttle")),
    )
    op.create_table(
        "round",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("shown_places", sa.Integer(), nullable=False),
        sa.Column("typed_places", sa.Integer(), nullable=False),
        sa.Column("tie_rule", sa.String(length=32), nullable=False),
        sa.Column("rank_by", sa.String(length=32), nullable=False),
        sa.Column("stated_points_allowed", sa.Boolean(), nullable=False),
        sa.Column("rank_unentered", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("rank_by IN ('index', 'points')", name=op.f("ck_round_rank_by")),
        sa.CheckConstraint("tie_rule IN ('dense', 'competition')", name=op.f("ck_round_tie_rule")),
        sa.CheckConstraint("shown_places BETWEEN 0 AND 3", name=op.f("ck_round_shown_places")),
        sa.CheckConstraint("typed_places BETWEEN 0 AND 4", name=op.f("ck_round_typed_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("code", name=op.f("uq_round_code")),
    )
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_year"), ["year"], unique=False)

    op.create_table(
        "unit_group",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_group")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_group_code")),
    )
    op.create_table(
        "criteria_set",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("level_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["level_id"], ["level.id"], name=op.f("fk_criteria_set_level_id_level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria_set")),
        sa.UniqueConstraint("code", name=op.f("uq_criteria_set_code")),
    )
    op.create_table(
        "stage_window",
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("level_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "stage IN ('self_scoring', 'appraisal', 'explanation', 'reappraisal', 'approval')",
            name=op.f("ck_stage_window_stage"),
        ),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_stage_window_order")),
        sa.ForeignKeyConstraint(["level_id"], ["level.id"], name=op.f("fk_stage_window_level_id_level")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_stage_window_round_id_round"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_window")),
        sa.UniqueConstraint("round_id", "level_id", "stage", name=op.f("uq_stage_window_round_id_level_id_stage")),
    )
    op.create_table(
        "unit_kind",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("level_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["level_id"], ["level.id"], name=op.f("fk_unit_kind_level_id_level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_kind")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_kind_name")),
    )
    op.create_table(
        "criterion",
        sa.Column("set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column(
            "path", sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("field_code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("name_search", sa.String(length=1000), nullable=False),
        sa.Column("max_points", sa.BigInteger(), nullable=True),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("rule_json", sa.JSON(), nullable=False),
        sa.Column("evidence_required", sa.Boolean(), nullable=False),
        sa.Column("is_leaf", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("NOT is_leaf OR max_points IS NOT NULL", name=op.f("ck_criterion_leaf_maximum")),
        sa.CheckConstraint("max_points IS NULL OR max_points >= 0", name=op.f("ck_criterion_max_points")),
        sa.ForeignKeyConstraint(["parent_id"], ["criterion.id"], name=op.f("fk_criterion_parent_id_criterion")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["criteria_set.id"], name=op.f("fk_criterion_set_id_criteria_set"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
        sa.UniqueConstraint("set_id", "code", name=op.f("uq_criterion_set_id_code")),
        sa.UniqueConstraint("set_id", "id", name=op.f("uq_criterion_set_id_id")),
    )
    with op.batch_alter_table("criterion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_criterion_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index("ix_criterion_set_id_path", ["set_id", "path"], unique=False)

    op.create_table(
        "ranking_group",
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("level_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criteria_set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["criteria_set_id"], ["criteria_set.id"], name=op.f("fk_ranking_group_criteria_set_id_criteria_set")
        ),
        sa.ForeignKeyConstraint(["level_id"], ["level.id"], name=op.f("fk_ranking_group_level_id_level")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_ranking_group_round_id_round"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_group")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_ranking_group_round_id_code")),
        sa.UniqueConstraint(
            "round_id", "id", "criteria_set_id", name=op.f("uq_ranking_group_round_id_id_criteria_set_id")
        ),
    )
    op.create_table(
        "unit",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "name_sort",
            sa.String(length=600).with_variant(sa.String(length=600, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("name_search", sa.String(length=400), nullable=False),
        sa.Column("kind_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_unit_not_own_parent")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to", name=op.f("ck_unit_valid_dates")
        ),
        sa.ForeignKeyConstraint(["kind_id"], ["unit_kind.id"], name=op.f("fk_unit_kind_id_unit_kind")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index("ix_unit_name_sort", ["name_sort"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index("ix_unit_path", ["path"], unique=False)

    op.create_table(
        "account",
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column(
            "name_sort",
            sa.String(length=400).with_variant(sa.String(length=400, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("name_search", sa.String(length=400), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_account_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "class_band",
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("lower_bound", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["ranking_group.id"], name=op.f("fk_class_band_group_id_ranking_group"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_band")),
        sa.UniqueConstraint("group_id", "lower_bound", name=op.f("uq_class_band_group_id_lower_bound")),
        sa.UniqueConstraint("group_id", "name", name=op.f("uq_class_band_group_id_name")),
    )
    op.create_table(
        "council",
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("decision_number", sa.String(length=80), nullable=False),
        sa.Column("decision_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_council_round_id_round"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_council_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council")),
        sa.UniqueConstraint("round_id", "name", name=op.f("uq_council_round_id_name")),
    )
    with op.batch_alter_table("council", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_council_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "criterion_exclusion",
        sa.Column("criterion_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["criterion_id"],
            ["criterion.id"],
            name=op.f("fk_criterion_exclusion_criterion_id_criterion"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["unit_group.id"], name=op.f("fk_criterion_exclusion_group_id_unit_group")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion_exclusion")),
        sa.UniqueConstraint("criterion_id", "group_id", name=op.f("uq_criterion_exclusion_criterion_id_group_id")),
    )
    op.create_table(
        "ranking_group_kind",
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["ranking_group.id"],
            name=op.f("fk_ranking_group_kind_group_id_ranking_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["kind_id"], ["unit_kind.id"], name=op.f("fk_ranking_group_kind_kind_id_unit_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_group_kind")),
        sa.UniqueConstraint("group_id", "kind_id", name=op.f("uq_ranking_group_kind_group_id_kind_id")),
    )
    op.create_table(
        "unit_change",
        sa.Column("from_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("how IN ('whole', 'part')", name=op.f("ck_unit_change_how")),
        sa.CheckConstraint("from_unit_id <> to_unit_id", name=op.f("ck_unit_change_two_units")),
        sa.ForeignKeyConstraint(["from_unit_id"], ["unit.id"], name=op.f("fk_unit_change_from_unit_id_unit")),
        sa.ForeignKeyConstraint(["to_unit_id"], ["unit.id"], name=op.f("fk_unit_change_to_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_change")),
        sa.UniqueConstraint(
            "from_unit_id",
            "to_unit_id",
            "effective_on",
            name=op.f("uq_unit_change_from_unit_id_to_unit_id_effective_on"),
        ),
    )
    op.create_table(
        "unit_group_member",
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["unit_group.id"], name=op.f("fk_unit_group_member_group_id_unit_group"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_group_member_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_group_member")),
        sa.UniqueConstraint("group_id", "unit_id", name=op.f("uq_unit_group_member_group_id_unit_id")),
    )
    with op.batch_alter_table("unit_group_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_group_member_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "assessment",
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("criteria_set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("receipt", sa.String(length=40), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("(signed_at IS NULL) = (signed_by_id IS NULL)", name=op.f("ck_assessment_signature")),
        sa.CheckConstraint(
            "closed_at IS NULL OR signed_at IS NOT NULL", name=op.f("ck_assessment_closed_after_signed")
        ),
        sa.ForeignKeyConstraint(
            ["criteria_set_id"], ["criteria_set.id"], name=op.f("fk_assessment_criteria_set_id_criteria_set")
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "group_id", "criteria_set_id"],
            ["ranking_group.round_id", "ranking_group.id", "ranking_group.criteria_set_id"],
            name=op.f("fk_assessment_round_id_group_id_criteria_set_id_ranking_group"),
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_assessment_round_id_round")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["account.id"], name=op.f("fk_assessment_signed_by_id_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assessment_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("id", "unit_id", "criteria_set_id", name=op.f("uq_assessment_id_unit_id_criteria_set_id")),
        sa.UniqueConstraint("id", "unit_id", name=op.f("uq_assessment_id_unit_id")),
        sa.UniqueConstraint("receipt", name=op.f("uq_assessment_receipt")),
        sa.UniqueConstraint("round_id", "unit_id", name=op.f("uq_assessment_round_id_unit_id")),
    )
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index("ix_assessment_group_id", ["group_id"], unique=False)
        batch_op.create_index("ix_assessment_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("authority", sa.String(length=300), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("operation", sa.String(length=8), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=40), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_audit_entry_actor_id_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_audit_entry_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_object", ["object_type", "object_id"], unique=False)
        batch_op.create_index("ix_audit_entry_unit_id", ["unit_id", "id"], unique=False)

    op.create_table(
        "council_unit",
        sa.Column("council_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["council_id"], ["council.id"], name=op.f("fk_council_unit_council_id_council"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_council_unit_round_id_round")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_council_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_unit")),
        sa.UniqueConstraint("round_id", "unit_id", name=op.f("uq_council_unit_round_id_unit_id")),
    )
    with op.batch_alter_table("council_unit", schema=None) as batch_op:
        batch_op.create_index("ix_council_unit_council_id", ["council_id"], unique=False)

    op.create_table(
        "edition",
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("decision_number", sa.String(length=80), nullable=False),
        sa.Column("decision_on", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=1000), nullable=True),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name=op.f("ck_edition_withdrawal")),
        sa.CheckConstraint("NOT in_force OR withdrawn_at IS NULL", name=op.f("ck_edition_in_force")),
        sa.ForeignKeyConstraint(["group_id"], ["ranking_group.id"], name=op.f("fk_edition_group_id_ranking_group")),
        sa.ForeignKeyConstraint(["published_by_id"], ["account.id"], name=op.f("fk_edition_published_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("group_id", "number", name=op.f("uq_edition_group_id_number")),
    )
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.create_index(
            "uq_edition_in_force",
            ["group_id"],
            unique=True,
            sqlite_where=sa.text("in_force"),
            postgresql_where=sa.text("in_force"),
        )

    op.create_table(
        "evidence",
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("title_search", sa.String(length=1000), nullable=False),
        sa.Column("link", sa.String(length=1000), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_evidence_title")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_evidence_author_id_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_evidence_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("id", "unit_id", name=op.f("uq_evidence_id_unit_id")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_login_session_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_account_id"), ["account_id"], unique=False)

    op.create_table(
        "post",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("function", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "function IN ('officer', 'leader', 'manager', 'observer', 'auditor')", name=op.f("ck_post_function")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name=op.f("ck_post_valid_dates")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_post_account_id_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_post_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint(
            "account_id",
            "unit_id",
            "function",
            "valid_from",
            name=op.f("uq_post_account_id_unit_id_function_valid_from"),
        ),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_post_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "seat",
        sa.Column("council_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("function", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("function IN ('helper', 'member', 'chair')", name=op.f("ck_seat_function")),
        sa.CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name=op.f("ck_seat_valid_dates")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_seat_account_id_account")),
        sa.ForeignKeyConstraint(
            ["council_id"], ["council.id"], name=op.f("fk_seat_council_id_council"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_seat_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint(
            "council_id", "account_id", "function", name=op.f("uq_seat_council_id_account_id_function")
        ),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_seat_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("seat_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criterion_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["criterion_id"], ["criterion.id"], name=op.f("fk_assignment_criterion_id_criterion")),
        sa.ForeignKeyConstraint(["owner_unit_id"], ["unit.id"], name=op.f("fk_assignment_owner_unit_id_unit")),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_assignment_seat_id_seat"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assignment_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint(
            "seat_id", "criterion_id", "unit_id", name=op.f("uq_assignment_seat_id_criterion_id_unit_id")
        ),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_owner_unit_id"), ["owner_unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_seat_id"), ["seat_id"], unique=False)

    op.create_table(
        "delegation",
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("seat_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("receiver_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("verbs", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("(post_id IS NULL) <> (seat_id IS NULL)", name=op.f("ck_delegation_post_or_seat")),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_delegation_valid_dates")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_delegation_post_id_post")),
        sa.ForeignKeyConstraint(["receiver_id"], ["account.id"], name=op.f("fk_delegation_receiver_id_account")),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_delegation_seat_id_seat")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_delegation_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.create_index("ix_delegation_receiver_id", ["receiver_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegation_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "edition_leaf",
        sa.Column("edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("field_code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("maximum", sa.BigInteger(), nullable=False),
        sa.Column("self_points", sa.BigInteger(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("not_applicable", sa.Boolean(), nullable=False),
        sa.Column("scored", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.String(length=4000), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_edition_leaf_edition_id_edition"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_edition_leaf_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_leaf")),
        sa.UniqueConstraint("edition_id", "unit_id", "code", name=op.f("uq_edition_leaf_edition_id_unit_id_code")),
    )
    with op.batch_alter_table("edition_leaf", schema=None) as batch_op:
        batch_op.create_index("ix_edition_leaf_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "edition_row",
        sa.Column("edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=32), nullable=False),
        sa.Column("unit_name", sa.String(length=200), nullable=False),
        sa.Column("kind_name", sa.String(length=120), nullable=False),
        sa.Column("level_name", sa.String(length=120), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("parent_name", sa.String(length=200), nullable=False),
        sa.Column("achieved", sa.BigInteger(), nullable=False),
        sa.Column("maximum", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("penalty", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=True),
        sa.Column("ranked", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("rank_in_parent", sa.Integer(), nullable=True),
        sa.Column("class_name", sa.String(length=80), nullable=False),
        sa.Column("printed_rank", sa.Integer(), nullable=True),
        sa.Column("printed_class", sa.String(length=80), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_edition_row_edition_id_edition"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_edition_row_parent_id_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_edition_row_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_row")),
        sa.UniqueConstraint("edition_id", "unit_id", name=op.f("uq_edition_row_edition_id_unit_id")),
    )
    with op.batch_alter_table("edition_row", schema=None) as batch_op:
        batch_op.create_index("ix_edition_row_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "evidence_link",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criteria_set_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=120), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            name=op.f("fk_evidence_link_assessment_id_unit_id_criteria_set_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["criteria_set_id", "criterion_id"],
            ["criterion.set_id", "criterion.id"],
            name=op.f("fk_evidence_link_criteria_set_id_criterion_id_criterion"),
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id", "unit_id"],
            ["evidence.id", "evidence.unit_id"],
            name=op.f("fk_evidence_link_evidence_id_unit_id_evidence"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_evidence_link_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_link")),
        sa.UniqueConstraint(
            "assessment_id",
            "criterion_id",
            "evidence_id",
            name=op.f("uq_evidence_link_assessment_id_criterion_id_evidence_id"),
        ),
    )
    with op.batch_alter_table("evidence_link", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_link_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "exemption",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criteria_set_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_exemption_reason")),
        sa.ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            name=op.f("fk_exemption_assessment_id_unit_id_criteria_set_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["criteria_set_id", "criterion_id"],
            ["criterion.set_id", "criterion.id"],
            name=op.f("fk_exemption_criteria_set_id_criterion_id_criterion"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_exemption_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemption")),
        sa.UniqueConstraint("assessment_id", "criterion_id", name=op.f("uq_exemption_assessment_id_criterion_id")),
    )
    with op.batch_alter_table("exemption", schema=None) as batch_op:
        batch_op.create_index("ix_exemption_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "extension",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "stage IN ('self_scoring', 'appraisal', 'explanation', 'reappraisal', 'approval')",
            name=op.f("ck_extension_stage"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id", "unit_id"],
            ["assessment.id", "assessment.unit_id"],
            name=op.f("fk_extension_assessment_id_unit_id_assessment"),
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_extension_author_id_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_extension_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.create_index("ix_extension_assessment_id", ["assessment_id", "stage"], unique=False)

    op.create_table(
        "field_sheet",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criteria_set_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("returned_reason", sa.String(length=1000), nullable=True),
        sa.Column("minutes_number", sa.String(length=80), nullable=True),
        sa.Column("minutes_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('approved', 'closed')) = (minutes_number IS NOT NULL AND minutes_on IS NOT NULL)",
            name=op.f("ck_field_sheet_minutes"),
        ),
        sa.CheckConstraint(
            "state IN ('appraisal', 'appraised', 'approved', 'closed')", name=op.f("ck_field_sheet_state")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            name=op.f("fk_field_sheet_assessment_id_unit_id_criteria_set_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["criteria_set_id", "field_id"],
            ["criterion.set_id", "criterion.id"],
            name=op.f("fk_field_sheet_criteria_set_id_field_id_criterion"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_field_sheet_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_sheet")),
        sa.UniqueConstraint("assessment_id", "field_id", name=op.f("uq_field_sheet_assessment_id_field_id")),
        sa.UniqueConstraint("id", "assessment_id", "unit_id", name=op.f("uq_field_sheet_id_assessment_id_unit_id")),
    )
    with op.batch_alter_table("field_sheet", schema=None) as batch_op:
        batch_op.create_index("ix_field_sheet_field_id", ["field_id"], unique=False)
        batch_op.create_index("ix_field_sheet_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assessment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("message_id", sa.String(length=500), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_notice_assessment_id_assessment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_notice_author_id_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_notice_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_unit_id", ["unit_id", "id"], unique=False)

    op.create_table(
        "score",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criteria_set_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.SmallInteger(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("computed_points", sa.BigInteger(), nullable=True),
        sa.Column("stated_points", sa.BigInteger(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("not_applicable", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("layer NOT IN (20, 50) OR reason <> ''", name=op.f("ck_score_layer_reason")),
        sa.CheckConstraint("stated_points IS NULL OR reason <> ''", name=op.f("ck_score_stated_reason")),
        sa.CheckConstraint("layer IN (10, 20, 30, 40, 45, 50)", name=op.f("ck_score_layer")),
        sa.CheckConstraint("not_applicable = (points IS NULL)", name=op.f("ck_score_points_or_not_applicable")),
        sa.CheckConstraint("points IS NULL OR points >= 0", name=op.f("ck_score_points")),
        sa.ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            name=op.f("fk_score_assessment_id_unit_id_criteria_set_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_score_author_id_account")),
        sa.ForeignKeyConstraint(
            ["criteria_set_id", "criterion_id"],
            ["criterion.set_id", "criterion.id"],
            name=op.f("fk_score_criteria_set_id_criterion_id_criterion"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_score_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
        sa.UniqueConstraint(
            "assessment_id", "criterion_id", "layer", name=op.f("uq_score_assessment_id_criterion_id_layer")
        ),
    )
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.create_index("ix_score_criterion_id", ["criterion_id", "layer"], unique=False)
        batch_op.create_index("ix_score_unit_id", ["unit_id", "id"], unique=False)

    op.create_table(
        "edition_field",
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("achieved", sa.BigInteger(), nullable=False),
        sa.Column("maximum", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["row_id"], ["edition_row.id"], name=op.f("fk_edition_field_row_id_edition_row"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_field")),
        sa.UniqueConstraint("row_id", "code", name=op.f("uq_edition_field_row_id_code")),
    )
    op.create_table(
        "subtotal",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("achieved", sa.BigInteger(), nullable=False),
        sa.Column("maximum", sa.BigInteger(), nullable=False),
        sa.Column("scored_maximum", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("penalty", sa.BigInteger(), nullable=False),
        sa.Column("leaves", sa.Integer(), nullable=False),
        sa.Column("scored", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("basis IN ('self', 'appraised', 'council')", name=op.f("ck_subtotal_basis")),
        sa.CheckConstraint("scored <= leaves", name=op.f("ck_subtotal_scored")),
        sa.ForeignKeyConstraint(
            ["sheet_id", "assessment_id", "unit_id"],
            ["field_sheet.id", "field_sheet.assessment_id", "field_sheet.unit_id"],
            name=op.f("fk_subtotal_sheet_id_assessment_id_unit_id_field_sheet"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_subtotal_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subtotal")),
        sa.UniqueConstraint("sheet_id", "basis", name=op.f("uq_subtotal_sheet_id_basis")),
    )
    with op.batch_alter_table("subtotal", schema=None) as batch_op:
        batch_op.create_index("ix_subtotal_assessment_id", ["assessment_id", "basis"], unique=False)
        batch_op.create_index("ix_subtotal_unit_id", ["unit_id"], unique=False)


def downgrade():
    with op.batch_alter_table("subtotal", schema=None) as batch_op:
        batch_op.drop_index("ix_subtotal_unit_id")
        batch_op.drop_index("ix_subtotal_assessment_id")

    op.drop_table("subtotal")
    op.drop_table("edition_field")
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.drop_index("ix_score_unit_id")
        batch_op.drop_index("ix_score_criterion_id")

    op.drop_table("score")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_unit_id")

    op.drop_table("notice")
    with op.batch_alter_table("field_sheet", schema=None) as batch_op:
        batch_op.drop_index("ix_field_sheet_unit_id")
        batch_op.drop_index("ix_field_sheet_field_id")

    op.drop_table("field_sheet")
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.drop_index("ix_extension_assessment_id")

    op.drop_table("extension")
    with op.batch_alter_table("exemption", schema=None) as batch_op:
        batch_op.drop_index("ix_exemption_unit_id")

    op.drop_table("exemption")
    with op.batch_alter_table("evidence_link", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_link_unit_id")

    op.drop_table("evidence_link")
    with op.batch_alter_table("edition_row", schema=None) as batch_op:
        batch_op.drop_index("ix_edition_row_unit_id")

    op.drop_table("edition_row")
    with op.batch_alter_table("edition_leaf", schema=None) as batch_op:
        batch_op.drop_index("ix_edition_leaf_unit_id")

    op.drop_table("edition_leaf")
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delegation_unit_id"))
        batch_op.drop_index("ix_delegation_receiver_id")

    op.drop_table("delegation")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_seat_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_owner_unit_id"))

    op.drop_table("assignment")
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_unit_id"))
        batch_op.drop_index(batch_op.f("ix_seat_account_id"))

    op.drop_table("seat")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_unit_id"))
        batch_op.drop_index(batch_op.f("ix_post_account_id"))

    op.drop_table("post")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_session_account_id"))

    op.drop_table("login_session")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_unit_id"))

    op.drop_table("evidence")
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_edition_in_force", sqlite_where=sa.text("in_force"), postgresql_where=sa.text("in_force")
        )

    op.drop_table("edition")
    with op.batch_alter_table("council_unit", schema=None) as batch_op:
        batch_op.drop_index("ix_council_unit_council_id")

    op.drop_table("council_unit")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_unit_id")
        batch_op.drop_index("ix_audit_entry_object")

    op.drop_table("audit_entry")
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_index("ix_assessment_unit_id")
        batch_op.drop_index("ix_assessment_group_id")

    op.drop_table("assessment")
    with op.batch_alter_table("unit_group_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_group_member_unit_id"))

    op.drop_table("unit_group_member")
    op.drop_table("unit_change")
    op.drop_table("ranking_group_kind")
    op.drop_table("criterion_exclusion")
    with op.batch_alter_table("council", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_council_unit_id"))

    op.drop_table("council")
    op.drop_table("class_band")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_unit_id"))

    op.drop_table("account")
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_index("ix_unit_path")
        batch_op.drop_index(batch_op.f("ix_unit_parent_id"))
        batch_op.drop_index("ix_unit_name_sort")

    op.drop_table("unit")
    op.drop_table("ranking_group")
    with op.batch_alter_table("criterion", schema=None) as batch_op:
        batch_op.drop_index("ix_criterion_set_id_path")
        batch_op.drop_index(batch_op.f("ix_criterion_parent_id"))

    op.drop_table("criterion")
    op.drop_table("unit_kind")
    op.drop_table("stage_window")
    op.drop_table("criteria_set")
    op.drop_table("unit_group")
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_round_year"))

    op.drop_table("round")
    op.drop_table("login_throttle")
    op.drop_table("level")

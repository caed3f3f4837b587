"""evidence files explanation history

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-25 18:38:54.518680

"""

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SHEET_STATE = op.f("ck_field_sheet_state")
EXPLAINED = op.f("ck_field_sheet_explained")
LINK_STAGE = op.f("ck_evidence_link_stage")
LINK_TURN = op.f("ck_evidence_link_turn")


def upgrade():
    op.create_table(
        "evidence_file",
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("scan", sa.String(length=32), nullable=False),
        sa.Column("scan_note", sa.String(length=200), nullable=False),
        sa.Column("has_location", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_evidence_file_name")),
        sa.CheckConstraint("scan IN ('held', 'clean', 'refused')", name=op.f("ck_evidence_file_scan")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_evidence_file_sha256")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_evidence_file_number")),
        sa.CheckConstraint("size > 0", name=op.f("ck_evidence_file_size")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_evidence_file_author_id_account")),
        sa.ForeignKeyConstraint(
            ["evidence_id", "unit_id"],
            ["evidence.id", "evidence.unit_id"],
            name=op.f("fk_evidence_file_evidence_id_unit_id_evidence"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_evidence_file_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_file")),
        sa.UniqueConstraint("evidence_id", "number", name=op.f("uq_evidence_file_evidence_id_number")),
        sa.UniqueConstraint("id", "evidence_id", name=op.f("uq_evidence_file_id_evidence_id")),
    )
    with op.batch_alter_table("evidence_file", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_file_sha256", ["sha256"], unique=False)
        batch_op.create_index("ix_evidence_file_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "question",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criteria_set_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_question_text")),
        sa.CheckConstraint("settled_at IS NULL OR sent_at IS NOT NULL", name=op.f("ck_question_settled")),
        sa.CheckConstraint("turn >= 1", name=op.f("ck_question_turn")),
        sa.ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            name=op.f("fk_question_assessment_id_unit_id_criteria_set_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_question_author_id_account")),
        sa.ForeignKeyConstraint(
            ["criteria_set_id", "criterion_id"],
            ["criterion.set_id", "criterion.id"],
            name=op.f("fk_question_criteria_set_id_criterion_id_criterion"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_question_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint(
            "assessment_id", "criterion_id", "turn", name=op.f("uq_question_assessment_id_criterion_id_turn")
        ),
        sa.UniqueConstraint(
            "id",
            "assessment_id",
            "unit_id",
            "criterion_id",
            name=op.f("uq_question_id_assessment_id_unit_id_criterion_id"),
        ),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index("ix_question_unit_id", ["unit_id"], unique=False)
        batch_op.create_index(
            "uq_question_unsettled",
            ["assessment_id", "criterion_id"],
            unique=True,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )

    op.create_table(
        "reference_figure",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criteria_set_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("source <> ''", name=op.f("ck_reference_figure_source")),
        sa.ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            name=op.f("fk_reference_figure_assessment_id_unit_id_criteria_set_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_reference_figure_author_id_account")),
        sa.ForeignKeyConstraint(
            ["criteria_set_id", "criterion_id"],
            ["criterion.set_id", "criterion.id"],
            name=op.f("fk_reference_figure_criteria_set_id_criterion_id_criterion"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_reference_figure_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_figure")),
        sa.UniqueConstraint(
            "assessment_id", "criterion_id", name=op.f("uq_reference_figure_assessment_id_criterion_id")
        ),
    )
    with op.batch_alter_table("reference_figure", schema=None) as batch_op:
        batch_op.create_index("ix_reference_figure_criterion_id", ["criterion_id"], unique=False)
        batch_op.create_index("ix_reference_figure_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "remark",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criteria_set_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=32), nullable=False),
        sa.Column("layer", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("audience IN ('team', 'unit')", name=op.f("ck_remark_audience")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_remark_text")),
        sa.CheckConstraint("layer IN (10, 20, 30, 40, 45, 50)", name=op.f("ck_remark_layer")),
        sa.ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            name=op.f("fk_remark_assessment_id_unit_id_criteria_set_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_remark_author_id_account")),
        sa.ForeignKeyConstraint(
            ["criteria_set_id", "criterion_id"],
            ["criterion.set_id", "criterion.id"],
            name=op.f("fk_remark_criteria_set_id_criterion_id_criterion"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_remark_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    with op.batch_alter_table("remark", schema=None) as batch_op:
        batch_op.create_index("ix_remark_assessment_id", ["assessment_id", "criterion_id"], unique=False)
        batch_op.create_index("ix_remark_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "snapshot",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criteria_set_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=True),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("layer", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("authority", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("layer IN (10, 20, 30, 40, 45, 50)", name=op.f("ck_snapshot_layer")),
        sa.ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            name=op.f("fk_snapshot_assessment_id_unit_id_criteria_set_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_snapshot_author_id_account")),
        sa.ForeignKeyConstraint(
            ["criteria_set_id", "field_id"],
            ["criterion.set_id", "criterion.id"],
            name=op.f("fk_snapshot_criteria_set_id_field_id_criterion"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_snapshot_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
    )
    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.create_index("ix_snapshot_assessment_id", ["assessment_id", "id"], unique=False)
        batch_op.create_index("ix_snapshot_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "explanation",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_explanation_text")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_explanation_author_id_account")),
        sa.ForeignKeyConstraint(
            ["question_id", "assessment_id", "unit_id", "criterion_id"],
            ["question.id", "question.assessment_id", "question.unit_id", "question.criterion_id"],
            name=op.f("fk_explanation_question_id_assessment_id_unit_id_criterion_id_question"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_explanation_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explanation")),
        sa.UniqueConstraint("question_id", name=op.f("uq_explanation_question_id")),
    )
    with op.batch_alter_table("explanation", schema=None) as batch_op:
        batch_op.create_index("ix_explanation_assessment_id", ["assessment_id", "criterion_id"], unique=False)
        batch_op.create_index("ix_explanation_unit_id", ["unit_id"], unique=False)

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("assessment_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("criterion_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("layer", sa.SmallInteger(), nullable=True))
        batch_op.create_index("ix_audit_entry_leaf", ["assessment_id", "criterion_id"], unique=False)

    with op.batch_alter_table("evidence_link") as batch_op:
        batch_op.add_column(sa.Column("file_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("stage", sa.String(length=32), nullable=False, server_default="self_scoring"))
        batch_op.alter_column("stage", server_default=None)
        batch_op.add_column(sa.Column("turn", sa.Integer(), nullable=False, server_default="1"))
        batch_op.alter_column("turn", server_default=None)
        batch_op.drop_constraint(batch_op.f("uq_evidence_link_assessment_id_criterion_id_evidence_id"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_evidence_link_assessment_id_criterion_id_evidence_id_stage"),
            ["assessment_id", "criterion_id", "evidence_id", "stage", "turn"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_evidence_link_file_id_evidence_id_evidence_file"),
            "evidence_file",
            ["file_id", "evidence_id"],
            ["id", "evidence_id"],
        )
        batch_op.create_check_constraint(LINK_STAGE, "stage IN ('self_scoring', 'explanation')")
        batch_op.create_check_constraint(LINK_TURN, "turn >= 1 AND (turn = 1 OR stage = 'explanation')")

    with op.batch_alter_table("field_sheet") as batch_op:
        batch_op.drop_constraint(SHEET_STATE, type_="check")
        batch_op.add_column(sa.Column("explained_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("explained_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_field_sheet_explained_by_id_account"), "account", ["explained_by_id"], ["id"]
        )
        batch_op.create_check_constraint(
            SHEET_STATE, "state IN ('appraisal', 'explanation', 'reappraisal', 'appraised', 'approved', 'closed')"
        )
        batch_op.create_check_constraint(EXPLAINED, "(explained_at IS NULL) = (explained_by_id IS NULL)")


def downgrade():
    # What was being explained goes back to its helper; further evidence has no place in the older tables.
    op.execute("UPDATE field_sheet SET state = 'appraisal' WHERE state IN ('explanation', 'reappraisal')")
    op.execute("DELETE FROM evidence_link WHERE stage <> 'self_scoring'")
    with op.batch_alter_table("field_sheet") as batch_op:
        batch_op.drop_constraint(SHEET_STATE, type_="check")
        batch_op.drop_constraint(EXPLAINED, type_="check")
        batch_op.drop_constraint(batch_op.f("fk_field_sheet_explained_by_id_account"), type_="foreignkey")
        batch_op.drop_column("explained_by_id")
        batch_op.drop_column("explained_at")
        batch_op.create_check_constraint(SHEET_STATE, "state IN ('appraisal', 'appraised', 'approved', 'closed')")

    with op.batch_alter_table("evidence_link") as batch_op:
        batch_op.drop_constraint(LINK_STAGE, type_="check")
        batch_op.drop_constraint(LINK_TURN, type_="check")
        batch_op.drop_constraint(batch_op.f("fk_evidence_link_file_id_evidence_id_evidence_file"), type_="foreignkey")
        batch_op.drop_constraint(
            batch_op.f("uq_evidence_link_assessment_id_criterion_id_evidence_id_stage"), type_="unique"
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_evidence_link_assessment_id_criterion_id_evidence_id"),
            ["assessment_id", "criterion_id", "evidence_id"],
        )
        batch_op.drop_column("turn")
        batch_op.drop_column("stage")
        batch_op.drop_column("file_id")

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_leaf")
        batch_op.drop_column("layer")
        batch_op.drop_column("criterion_id")
        batch_op.drop_column("assessment_id")

    with op.batch_alter_table("explanation", schema=None) as batch_op:
        batch_op.drop_index("ix_explanation_unit_id")
        batch_op.drop_index("ix_explanation_assessment_id")

    op.drop_table("explanation")
    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.drop_index("ix_snapshot_unit_id")
        batch_op.drop_index("ix_snapshot_assessment_id")

    op.drop_table("snapshot")
    with op.batch_alter_table("remark", schema=None) as batch_op:
        batch_op.drop_index("ix_remark_unit_id")
        batch_op.drop_index("ix_remark_assessment_id")

    op.drop_table("remark")
    with op.batch_alter_table("reference_figure", schema=None) as batch_op:
        batch_op.drop_index("ix_reference_figure_unit_id")
        batch_op.drop_index("ix_reference_figure_criterion_id")

    op.drop_table("reference_figure")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_question_unsettled",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )
        batch_op.drop_index("ix_question_unit_id")

    op.drop_table("question")
    with op.batch_alter_table("evidence_file", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_file_unit_id")
        batch_op.drop_index("ix_evidence_file_sha256")

    op.drop_table("evidence_file")

"""authority through its life: restrictions, staff changes, viewings; the audit trail sealed in a chain

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-25 21:58:40.118200

"""

from alembic import op
import sqlalchemy as sa

from permissions import trail


# revision identifiers, used by Alembic.
revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade():
    _audit()
    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("on_behalf_of", sa.String(length=200), nullable=False, server_default=""))
    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.alter_column("on_behalf_of", server_default=None)
    _questions()
    _access()
    _staff()
    _behalf()


def _audit():
    """The trail outlives what it tells of: no foreign keys. Entries of before stay unsealed, the chain begins after them.

    Its head is sealed in this step, with their number and digest: a head without a seal is a fault ever after.
    """
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_audit_entry_actor_id_account"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_audit_entry_unit_id_unit"), type_="foreignkey")
        for name, length in (("on_behalf_of", 200), ("looking_as", 200), ("object_name", 200), ("seal", 64)):
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        for name in ("on_behalf_of", "looking_as", "object_name", "seal"):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_index("ix_audit_entry_actor_id", ["actor_id", "id"])
        where = sa.text("operation = 'alarm'")
        batch_op.create_index("ix_audit_entry_alarm", ["id"], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "audit_head",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("start_seal", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("older", sa.BigInteger(), nullable=False),
        sa.Column("older_digest", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    trail.begin(op.get_bind())
    op.create_table(
        "read_count",
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_read_count_account_id_account"), ondelete="CASCADE"
        ),
        sa.Column("id", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_count")),
        sa.UniqueConstraint("account_id", "since", name=op.f("uq_read_count_account_id_since")),
    )


def _questions():
    """What was settled before was decided upon: no question counts as withdrawn. An answer changed when it was last written."""
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changed_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.alter_column("withdrawn", server_default=None)
        batch_op.create_check_constraint(op.f("ck_question_withdrawn"), "settled_at IS NOT NULL OR NOT withdrawn")
    op.execute(
        "UPDATE question SET changed_at = (SELECT updated_at FROM explanation WHERE explanation.question_id = question.id)"
    )


def _access():
    op.create_table(
        "restriction",
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("unit_id", BIG_ID, nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("unit_ids", sa.JSON(), nullable=False),
        sa.Column("field_codes", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", BIG_ID, nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name=op.f("ck_restriction_valid_dates")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_restriction_account_id_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_restriction_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction")),
    )
    op.create_index("ix_restriction_account_id", "restriction", ["account_id"])
    op.create_index("ix_restriction_unit_id", "restriction", ["unit_id"])
    op.create_table(
        "viewing",
        sa.Column("session_id", BIG_ID, nullable=False),
        sa.Column("viewer_id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("unit_id", BIG_ID, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("id", BIG_ID, nullable=False),
        sa.CheckConstraint("viewer_id <> account_id", name=op.f("ck_viewing_somebody_else")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["login_session.id"], name=op.f("fk_viewing_session_id_login_session"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["viewer_id"], ["account.id"], name=op.f("fk_viewing_viewer_id_account")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_viewing_account_id_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_viewing_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_viewing")),
    )
    op.create_index("ix_viewing_session_id", "viewing", ["session_id"])
    op.create_index("ix_viewing_account_id", "viewing", ["account_id"])


def _staff():
    op.create_table(
        "staff_request",
        sa.Column("unit_id", BIG_ID, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("author_for", sa.String(length=200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_staff_request_author_id_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_staff_request_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_request")),
        sa.UniqueConstraint("id", "unit_id", name=op.f("uq_staff_request_id_unit_id")),
    )
    op.create_index("ix_staff_request_unit_id", "staff_request", ["unit_id", "id"])
    op.create_table(
        "staff_change",
        sa.Column("request_id", BIG_ID, nullable=False),
        sa.Column("unit_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(length=32), nullable=False),
        sa.Column("account_id", BIG_ID, nullable=True),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=32), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("destination", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", BIG_ID, nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", BIG_ID, nullable=False),
        sa.CheckConstraint("move IN ('recruited', 'moved', 'retired', 'left')", name=op.f("ck_staff_change_move")),
        sa.CheckConstraint("decision IN ('pending', 'done', 'refused')", name=op.f("ck_staff_change_decision")),
        sa.CheckConstraint("move = 'recruited' OR account_id IS NOT NULL", name=op.f("ck_staff_change_known_person")),
        sa.CheckConstraint("(decision = 'pending') = (decided_at IS NULL)", name=op.f("ck_staff_change_decided")),
        sa.ForeignKeyConstraint(
            ["request_id", "unit_id"],
            ["staff_request.id", "staff_request.unit_id"],
            name=op.f("fk_staff_change_request_id_unit_id_staff_request"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_staff_change_unit_id_unit")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_staff_change_account_id_account")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_staff_change_decided_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_change")),
    )
    op.create_index("ix_staff_change_request_id", "staff_change", ["request_id", "number"])
    op.create_index("ix_staff_change_account_id", "staff_change", ["account_id"])
    op.create_index("ix_staff_change_unit_id", "staff_change", ["unit_id"])


#: Table -> the column that names in whose place a person acted.
BEHALF = {
    "assessment": "signed_for",
    "field_sheet": "explained_for",
    "score": "author_for",
    "question": "author_for",
    "explanation": "author_for",
    "remark": "author_for",
    "evidence_file": "author_for",
}


def _behalf():
    for table, name, length in (
        *((table, name, 200) for table, name in BEHALF.items()),
        ("delegation", "revoke_reason", 500),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(name, server_default=None)


def downgrade():
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.drop_column("revoke_reason")
    for table, name in BEHALF.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(name)
    op.drop_table("staff_change")
    op.drop_table("staff_request")
    op.drop_table("viewing")
    op.drop_table("restriction")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_question_withdrawn"), type_="check")
        batch_op.drop_column("withdrawn")
        batch_op.drop_column("changed_at")
    op.drop_table("read_count")
    op.drop_table("audit_head")
    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.drop_column("on_behalf_of")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_alarm")
        batch_op.drop_index("ix_audit_entry_actor_id")
        for name in ("seal", "object_name", "looking_as", "on_behalf_of"):
            batch_op.drop_column(name)
        batch_op.create_foreign_key(op.f("fk_audit_entry_actor_id_account"), "account", ["actor_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_audit_entry_unit_id_unit"), "unit", ["unit_id"], ["id"])

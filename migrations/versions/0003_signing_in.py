"""signing in: second factor, dates of accounts, issued passwords that expire

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-25 19:02:11.204113

"""

from datetime import UTC, datetime, timedelta

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ACCOUNT = (
    ("password_set_at", MOMENT),
    ("issued_until", MOMENT),
    ("issued_used_at", MOMENT),
    ("valid_from", sa.Date()),
)
VALID_DATES = "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to"


def upgrade():
    # The account's table is never made anew: on SQLite that would delete what refers to it.
    for name, type_ in ACCOUNT:
        op.add_column("account", sa.Column(name, type_, nullable=True))
    op.execute(f"ALTER TABLE account ADD COLUMN valid_to DATE CONSTRAINT ck_account_valid_dates CHECK ({VALID_DATES})")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("pending", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("change_due", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        for name in ("device", "pending", "change_due"):
            batch_op.alter_column(name, server_default=None)
    # Counts of failed tries are kept for minutes; their keys are made anew.
    op.execute("DELETE FROM login_throttle")
    with op.batch_alter_table("login_throttle", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account_id", BIG_ID, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_login_throttle_account_id_account"), "account", ["account_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_index("ix_login_throttle_account_id", ["account_id"], unique=False)
    op.create_table(
        "second_factor",
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("secret <> ''", name=op.f("ck_second_factor_secret")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_second_factor_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factor")),
    )
    _of_account("recovery_code", sa.Column("code_hash", sa.String(length=64), nullable=False), ("used_at", True))
    _of_account(
        "previous_password", sa.Column("password_hash", sa.String(length=255), nullable=False), ("replaced_at", False)
    )
    _date_what_is_there()


def _of_account(table, column, moment):
    """Make a table of rows that go with their account."""
    name, nullable = moment
    op.create_table(
        table,
        sa.Column("account_id", BIG_ID, nullable=False),
        column,
        sa.Column(name, MOMENT, nullable=nullable),
        sa.Column("id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_index(f"ix_{table}_account_id", ["account_id"], unique=False)


def _date_what_is_there():
    """Passwords of before count from the day of their account; issued ones not yet changed get three days from now."""
    account = sa.table(
        "account",
        sa.column("created_at", MOMENT),
        sa.column("must_change_password", sa.Boolean()),
        sa.column("password_set_at", MOMENT),
        sa.column("issued_until", MOMENT),
    )
    op.execute(sa.update(account).values(password_set_at=account.c.created_at))
    until = datetime.now(UTC) + timedelta(days=3)
    if op.get_bind().dialect.name == "sqlite":
        until = until.replace(tzinfo=None)
    op.execute(sa.update(account).where(account.c.must_change_password).values(issued_until=until))


def downgrade():
    op.drop_table("previous_password")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    with op.batch_alter_table("login_throttle", schema=None) as batch_op:
        batch_op.drop_index("ix_login_throttle_account_id")
        batch_op.drop_constraint(op.f("fk_login_throttle_account_id_account"), type_="foreignkey")
        batch_op.drop_column("account_id")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        for name in ("change_due", "pending", "device"):
            batch_op.drop_column(name)
    for name in ("valid_to", *(name for name, _type in reversed(ACCOUNT))):
        op.drop_column("account", name)

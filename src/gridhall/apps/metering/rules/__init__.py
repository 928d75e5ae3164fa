"""How metering decides: pure, no database, no clock."""

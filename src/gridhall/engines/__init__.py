"""Pure reckoning: no database, no clock, no network."""

from gridhall.engines.machine_code import keep_machine_code

keep_machine_code()

"""The load rig: what each unit of work costs the switch."""

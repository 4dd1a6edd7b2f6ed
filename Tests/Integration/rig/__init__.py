"""The integration rig: drives Tandem with real SIP peers on loopback."""

"""What runs inside a production bot: tables, collector, sink and spool. Imports neither pytest nor anything heavy."""

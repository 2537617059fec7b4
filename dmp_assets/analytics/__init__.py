"""What analysts' views need beside the other tables: the items by name, and the spend of ads by day."""

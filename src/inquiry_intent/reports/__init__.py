"""What people read: workbooks and pages made from the line's tables."""

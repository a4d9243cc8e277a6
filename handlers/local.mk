# handlers

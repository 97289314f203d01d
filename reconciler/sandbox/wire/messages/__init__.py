"""One module a message: parsing what clients send into records, building what the server answers. No engine calls here."""

"""How accounts decides: masking, access, binding, ID numbers, the columns of import files. Pure."""

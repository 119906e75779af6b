"""Read texts into typed trees that know where in the file each part was written."""

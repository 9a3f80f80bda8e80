-- Version 5: the directions of a connection in two VLANs.

ALTER TABLE session ADD COLUMN other_vlan INTEGER;

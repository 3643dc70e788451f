"""Long lists → record files, shard by shard, on this machine or many."""

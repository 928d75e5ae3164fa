"""Who moves the shards: one pure function folds a shard, on this machine's cores or on a cluster's workers."""

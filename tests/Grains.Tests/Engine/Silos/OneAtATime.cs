// The clock of the silos moves on when this process is at rest: a test that runs beside would keep it from that.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

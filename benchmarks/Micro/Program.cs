using BenchmarkDotNet.Running;
using DlqCluster.Benchmarks.Micro;

// In this process: the benchmarks reach internals, and a generated project of its own would not be built as this one is.
BenchmarkSwitcher.FromAssembly(typeof(HotPieces).Assembly).Run(args);

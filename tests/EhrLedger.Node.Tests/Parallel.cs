using NUnit.Framework;

// Every fixture has nodes, ports and folders of its own, and much of what it does is to wait for them. Those that share one node say so and run one after another.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(2)]

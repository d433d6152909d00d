return await EhrLedger.Node.Commands.CommandLine.RunAsync(args).ConfigureAwait(false);

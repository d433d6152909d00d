using EhrLedger.Node.Commands;
using EhrLedger.Node.Engines;

NativeCrypto.Use();
return await CommandLine.RunAsync(args).ConfigureAwait(false);

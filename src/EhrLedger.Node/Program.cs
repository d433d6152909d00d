using EhrLedger.Node.Commands;
using EhrLedger.Node.Crypto;

NativeCrypto.Use();
return await CommandLine.RunAsync(args).ConfigureAwait(false);

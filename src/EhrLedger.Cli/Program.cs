using System.Runtime.InteropServices;
using EhrLedger.Cli;
using EhrLedger.Cli.Shell;

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var http = Surroundings.CreateHttp();
return (int)await CommandLine.RunAsync(args, new Surroundings(Terminal.OfThisProcess(), http, TimeProvider.System), stop.Token).ConfigureAwait(false);

// The first signal asks to stop where nothing is lost; a second one ends the process as usual.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

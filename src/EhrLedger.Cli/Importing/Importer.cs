using EhrLedger.Cli.Access;
using EhrLedger.Cli.Shell;
using EhrLedger.Crypto;

namespace EhrLedger.Cli.Importing;

/// <summary>Sends files, wave by wave, and writes down what became of each before it takes the next.</summary>
/// <param name="server">Where to.</param>
/// <param name="state">What was sent before.</param>
/// <param name="meter">Told of each file.</param>
/// <param name="time">For the pauses.</param>
/// <param name="workers">How many patients' files are under way at once.</param>
/// <param name="resend">Sends again what may have been taken.</param>
internal sealed class Importer(FhirServer server, ImportState state, ImportMeter meter, TimeProvider time, int workers, bool resend)
{
    /// <summary>What an import says of itself: nobody acts, and it writes what the organisation had elsewhere.</summary>
    public static readonly Acting Acting = new(Purpose: null, Person: null, Role: null);

    private int _unreachable;

    /// <summary>Whether the import gave up because the server can't be reached any more.</summary>
    public bool IsCutOff => Volatile.Read(ref _unreachable) != 0;

    /// <summary>Files of which it is known that the server took nothing come back as they were; the rest stays marked.</summary>
    /// <param name="files">In any order.</param>
    /// <param name="cancellationToken">Takes no further file; those under way are finished, so that what became of them is known.</param>
    /// <exception cref="OperationCanceledException">Files are left because of it.</exception>
    public async Task SendAsync(IEnumerable<BundleFile> files, CancellationToken cancellationToken)
    {
        foreach (var wave in InOrder(files))
        {
            await Parallel.ForEachAsync(
                wave,
                new ParallelOptions { MaxDegreeOfParallelism = wave.Key == ImportWave.Patients ? workers : 1, CancellationToken = cancellationToken },
                async (file, stop) =>
                {
                    if (!IsCutOff)
                    {
                        await SendAsync(file, stop).ConfigureAwait(false);
                    }
                }).ConfigureAwait(false);
        }
    }

    /// <summary>The waves in their order, the files of each by name.</summary>
    public static IEnumerable<IGrouping<ImportWave, BundleFile>> InOrder(IEnumerable<BundleFile> files) =>
        files.OrderBy(file => file.Wave).ThenBy(file => file.Path, StringComparer.Ordinal).GroupBy(file => file.Wave);

    private async Task SendAsync(BundleFile file, CancellationToken stop)
    {
        var mark = state.Find(file.Content);
        if (mark == ImportMark.Done)
        {
            meter.TakeAsBefore(file);
            return;
        }

        if (mark == ImportMark.Begun && !file.IsRepeatable && !resend)
        {
            meter.Fail(file, "it was being sent when an earlier import stopped, and may have been taken: look, and send it again with --resend if it was not");
            return;
        }

        var content = LocalFile.Read(file.Path, BundleFile.Largest);
        if (Digest.Of(content) != file.Content)
        {
            meter.Fail(file, "it has changed since the import began");
            return;
        }

        state.Mark(file.Content, ImportMark.Begun);
        Finish(file, await TryAsync(file, BundleFile.WithoutMark(content), stop).ConfigureAwait(false));
    }

    private async Task<PostOutcome> TryAsync(BundleFile file, ReadOnlyMemory<byte> bundle, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            var outcome = await server.PostAsync(bundle, file.IsBatch).ConfigureAwait(false);
            if (!MayTryAgain(file, outcome) || attempt == Backoff.Attempts || stop.IsCancellationRequested)
            {
                return outcome;
            }

            try
            {
                await Task.Delay(Backoff.PauseAfter(attempt, (outcome as PostOutcome.Busy)?.RetryAfter), time, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return outcome;
            }
        }
    }

    private static bool MayTryAgain(BundleFile file, PostOutcome outcome) =>
        outcome is PostOutcome.Busy or PostOutcome.Unreachable || (outcome is PostOutcome.Unknown && file is { IsRepeatable: true, IsBatch: false });

    private void Finish(BundleFile file, PostOutcome outcome)
    {
        switch (outcome)
        {
            case PostOutcome.Taken:
                state.Mark(file.Content, ImportMark.Done);
                meter.Take(file);
                break;
            case PostOutcome.Refused(var why):
                state.Mark(file.Content, ImportMark.Refused);
                meter.Fail(file, why);
                break;
            case PostOutcome.Busy(var why, _):
                state.Mark(file.Content, ImportMark.Refused);
                meter.Fail(file, $"the server was too busy to take it ({why})");
                break;
            case PostOutcome.Unreachable(var why):
                state.Mark(file.Content, ImportMark.Refused);
                Interlocked.Exchange(ref _unreachable, 1);
                meter.Fail(file, why);
                break;
            case PostOutcome.Unknown(var why):
                meter.Fail(file, $"it may have been taken, or in part ({why})");
                break;
        }
    }
}

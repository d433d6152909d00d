using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Sharing;

/// <summary>
/// Asks every other member, at the start and about once a minute, for what has changed in its directory: always for all of it, whoever reads here. Who does not answer is asked again; what it shared before
/// stays.
/// </summary>
internal sealed class DirectoryPull(
    MemberDirectories directories, SharedDirectory own, LogReplica replica, IPeerTransport transport, OrganisationKeys keys, NodeSettings settings, IAlarmSink alarms, TimeProvider time)
{
    private const int MostPortions = 64;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly PeerLimits Limits = new(DirectoryPortion.LargestPortion, TimeSpan.FromSeconds(20), Retries: 0);

    /// <summary>The loop. Ends when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var failed = 0; ;)
        {
            ReadOwn();
            var asked = await Task.WhenAll(replica.Members.Active.Where(member => member.Organisation != keys.Organisation).Select(member => PullAsync(member, cancellationToken)));
            failed = asked.All(answered => answered) ? 0 : Math.Min(failed + 1, 6);

            // Members that start together miss each other first. Jitter, so that they do not fall into step.
            var pause = failed == 0 ? settings.SharingInterval : TimeSpan.FromTicks(Math.Min(settings.SharingInterval.Ticks, FirstPause.Ticks << failed));
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), time, cancellationToken);
        }
    }

    private void ReadOwn()
    {
        try
        {
            own.Refresh();
        }
        catch (StoreFailedException)
        {
            alarms.Raise(AlarmKind.StoreFailed, "This node's own directory could not be read; it is tried again.");
        }
    }

    /// <returns>False if there was no answer, or none that counts.</returns>
    private async Task<bool> PullAsync(Member member, CancellationToken cancellationToken)
    {
        for (var portions = 0; portions < MostPortions; portions++)
        {
            var (series, after) = directories.ProgressOf(member.Organisation);
            var request = new DirectoryRequest(keys.Organisation, member.Organisation, series, after, (ulong)time.GetUtcNow().ToUnixTimeMilliseconds()).Sign(keys.Signing, replica.Genesis.Digest);
            var answer = await transport.SendAsync(member, HttpMethod.Post, "/peer/directory", request, Limits, cancellationToken);
            if (answer.Found is not { } body)
            {
                return false;
            }

            if (DirectoryPortion.Open(body.Span, member, Digest.Of(request), keys.Sealing, replica.Genesis.Digest) is not { } portion)
            {
                return Cry(member, "sends a portion of its directory that it has not signed in answer to this node.");
            }

            after = portion.Series == series ? after : 0;
            if (portion.Newest < after || portion.Entries.Any(entry => entry.Number <= after) || (portion.Entries.Count == 0 && portion.Newest != after))
            {
                return Cry(member, $"sends a portion of its directory that does not go on behind change {after}.");
            }

            try
            {
                if (portion.Newest == after && portion.Series == series)
                {
                    return true;
                }

                if (!directories.Take(portion))
                {
                    return Cry(member, "shares more than a directory may have, or what is none.");
                }
            }
            catch (StoreFailedException)
            {
                alarms.Raise(AlarmKind.StoreFailed, "What another member shares of its directory could not be kept.");
                return false;
            }

            if (portion.IsLast)
            {
                return true;
            }
        }

        // More changes than an honest directory has entries: the rest can wait.
        return true;
    }

    private bool Cry(Member member, string what)
    {
        alarms.Raise(AlarmKind.LyingPeer, $"{member.Name} ({member.Organisation}) {what}");
        return false;
    }
}

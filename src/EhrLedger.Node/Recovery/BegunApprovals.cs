using System.Collections.Concurrent;
using EhrLedger.Consent.Recovery;
using EhrLedger.Node.Smart.Users;

namespace EhrLedger.Node.Recovery;

/// <summary>Approvals that one member of staff has begun, for the second one to confirm; one a patient. In memory: after a restart it is begun anew.</summary>
internal sealed class BegunApprovals(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<string, BegunApproval> _begun = new(StringComparer.Ordinal);

    /// <summary>Begins, in place of what was begun for the patient before.</summary>
    public void Begin(string patient, RecoveryAsk ask, string how, UserRow by)
    {
        foreach (var (of, begun) in _begun.Where(one => one.Value.Until <= time.GetUtcNow()))
        {
            _begun.TryRemove(KeyValuePair.Create(of, begun));
        }

        _begun[patient] = new BegunApproval(Guid.NewGuid().ToString("N"), ask, how, by, time.GetUtcNow() + Lifetime, null);
    }

    /// <summary>What is begun for a patient; null for nothing, or nothing any more.</summary>
    public BegunApproval? Find(string patient) => _begun.TryGetValue(patient, out var begun) && begun.Until > time.GetUtcNow() ? begun : null;

    /// <summary>Keeps the answer, so that whoever has begun can show it too.</summary>
    public void Answer(string patient, BegunApproval begun, string text) => _begun.TryUpdate(patient, begun with { Text = text }, begun);

    /// <summary>Forgets it.</summary>
    public void Stop(string patient) => _begun.TryRemove(patient, out _);
}

/// <summary>An approval on its way.</summary>
/// <param name="Id">So that what is confirmed is what was shown.</param>
/// <param name="Ask">Of the new phone.</param>
/// <param name="How">How the patient was identified, in words of whoever has begun.</param>
/// <param name="By">Who has begun.</param>
/// <param name="Until">When it is forgotten.</param>
/// <param name="Text">The answer for the new phone; null before it was confirmed.</param>
internal sealed record BegunApproval(string Id, RecoveryAsk Ask, string How, UserRow By, DateTimeOffset Until, string? Text)
{
    /// <summary>Whether this user is somebody else. One person with two logins is one, as far as the operator has said who they are.</summary>
    public bool IsOfAnother(UserRow user) => user.Id != By.Id && user.Login != By.Login && user.FhirUser != By.FhirUser;
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Reading;

/// <summary>
/// What patients have granted to this organisation, and the keys that it has offered them for it. Offered keys wait in the vault until the patient uses them; a grant counts as
/// long as the ledger says so.
/// </summary>
internal sealed class HeldGrants(VaultStore vault, LogReplica replica, OrganisationId self, Ed25519PrivateKey signingKey, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Pairs of keys for one request: it is meant for one patient, whose wallet may lose an answer now and then.</summary>
    private const int MostOffered = 8 * ReaderKeysOffer.MostKeys;

    private readonly ConcurrentDictionary<GrantId, HeldGrant> _grants = new();
    private readonly Lock _offering = new();

    /// <summary>Reads every grant. Called once, before the node answers.</summary>
    public void Load()
    {
        foreach (var bytes in vault.ReadSecrets(SecretKind.HeldGrant))
        {
            if (HeldGrant.TryParse(bytes) is { } held)
            {
                _grants[held.Access.Grant] = held;
            }

            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>All that were ever made to this organisation, ended ones too.</summary>
    public ICollection<HeldGrant> All => _grants.Values;

    /// <summary>The grant, also where it has ended; null for one that was never made to this organisation.</summary>
    public HeldGrant? Find(GrantId id) => _grants.GetValueOrDefault(id);

    /// <summary>Grants, and emergencies that this organisation has declared, that hold now by this node's copy of the log.</summary>
    public IReadOnlyList<HeldGrant> Active()
    {
        var now = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds();
        return [.. _grants.Values.Where(held => FindOpen(held)?.HoldsAt(now) == true)];
    }

    /// <summary>As the ledger has it now; null where it has ended.</summary>
    public OpenGrant? FindOpen(HeldGrant held) => (replica.FindTopic(held.Access.Subject.Topic)?.State as SubjectState)?.FindGrant(held.Access.Grant);

    /// <summary>Keeps what an emergency has given, with what was said of it to the patient.</summary>
    public void Adopt(HeldGrant emergency, EmergencyAccount account)
    {
        vault.KeepSecret(SecretKind.EmergencyAccount, emergency.Access.Grant.ToString()!, account.Encode());
        Keep(emergency);
    }

    /// <summary>What this organisation has said to the patient of an emergency; null for a grant.</summary>
    public EmergencyAccount? FindAccount(GrantId emergency) =>
        vault.FindSecret(SecretKind.EmergencyAccount, emergency.ToString()!) is { } kept ? EmergencyAccount.TryParse(kept) : null;

    /// <summary>Destroys the epochs' keys of emergencies that have ended. What this organisation's own entries say, it can go on reading.</summary>
    public void ForgetEndedEmergencies()
    {
        var now = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var held in _grants.Values.Where(held => held.IsEmergency && held.Access.Epochs.Count > 0 && FindOpen(held)?.HasLapsedAt(now) != false))
        {
            Keep(held.WithoutEpochs());
        }
    }

    /// <summary>How long a request can be granted.</summary>
    public static TimeSpan RequestLifetime { get; } = TimeSpan.FromDays(30);

    /// <summary>Told of the local patient, by reference, after an access key has been taken.</summary>
    public Action<string>? Taken { get; set; }

    /// <summary>Opens a request for access about a local patient.</summary>
    /// <returns>16 bytes that the patient's wallet is shown; whoever has them may make this organisation a grant.</returns>
    public byte[] Request(string patientLink)
    {
        var id = RandomNumberGenerator.GetBytes(16);
        Open(id, patientLink);
        return id;
    }

    /// <summary>Opens a request whose id is given.</summary>
    /// <param name="request">16 bytes that nobody can guess.</param>
    /// <param name="patientLink">Such as <c>Patient/1</c>.</param>
    public void Open(byte[] request, string patientLink)
    {
        lock (_offering)
        {
            if (vault.FindSecret(SecretKind.AccessRequest, Convert.ToHexStringLower(request)) is null)
            {
                vault.KeepSecret(SecretKind.AccessRequest, Convert.ToHexStringLower(request), new AccessRequest(patientLink, time.GetUtcNow() + RequestLifetime, 0).Encode());
            }
        }
    }

    /// <summary>Ends a request: nobody is given keys for it any more. With keys that it was given before, a wallet may still grant.</summary>
    public void Withdraw(ReadOnlySpan<byte> request)
    {
        lock (_offering)
        {
            vault.RemoveSecret(SecretKind.AccessRequest, Convert.ToHexStringLower(request));
        }
    }

    /// <summary>Makes keys for grants. Null for a request that is unknown, expired or used up.</summary>
    /// <param name="request">16 bytes.</param>
    /// <param name="count">How many pairs.</param>
    /// <param name="usedUp">Whether the request has had its keys.</param>
    public ReaderKeysOffer? Offer(ReadOnlySpan<byte> request, int count, out bool usedUp)
    {
        usedUp = false;
        var name = Convert.ToHexStringLower(request);
        string patientLink;
        lock (_offering)
        {
            if (vault.FindSecret(SecretKind.AccessRequest, name) is not { } kept || ReadRequest(kept) is not { } known || known.Until < time.GetUtcNow())
            {
                return null;
            }

            usedUp = known.Offered + count > MostOffered;
            if (usedUp)
            {
                return null;
            }

            patientLink = known.PatientLink;
            vault.KeepSecret(SecretKind.AccessRequest, name, new AccessRequest(patientLink, known.Until, known.Offered + count).Encode());
        }

        var keys = Enumerable.Range(0, count).Select(_ => ReaderKeys.Generate()).ToList();
        foreach (var pair in keys)
        {
            var seeds = HeldKeys.Export(pair);
            var offered = new DeterministicCborWriter(128).WriteArray(2).WriteBytes(seeds).WriteText(patientLink).ToArray();
            vault.KeepSecret(SecretKind.AccessRequest, NameOf(pair.Reader.Public), offered);
            CryptographicOperations.ZeroMemory(seeds);
            CryptographicOperations.ZeroMemory(offered);
        }

        var statement = ReaderKeyStatement.Sign([.. keys.Select(pair => pair.Public)], patientLink, time.GetUtcNow(), signingKey, replica.Genesis.Digest);
        var offer = new ReaderKeysOffer(statement, [.. keys.Select(pair => new OfferedKeys(pair.Reader.Public, pair.Answer.Public))]);
        foreach (var pair in keys)
        {
            pair.Dispose();
        }

        return offer;
    }

    /// <summary>Takes an access key, of a new grant or of an extension.</summary>
    /// <returns>False if it is not what the patient signed on the ledger, or the keys are not this organisation's.</returns>
    public async Task<bool> TakeAsync(GrantDelivery delivery, CancellationToken cancellationToken)
    {
        if (FindOffered(delivery.Reader) is not var (keys, patientLink))
        {
            return false;
        }

        if (Open(delivery, keys) is not var (access, digest))
        {
            keys.Dispose();
            return false;
        }

        if (access.Grant != delivery.Grant || access.PatientLink != patientLink || !await IsOnLedgerAsync(access, keys, digest, cancellationToken))
        {
            access.Dispose();
            keys.Dispose();
            return false;
        }

        // An older delivery, sent again by whoever saw it, must not take the newest keys away.
        if (_grants.TryGetValue(access.Grant, out var newer) && LastEpochOf(newer.Access) > LastEpochOf(access))
        {
            access.Dispose();
            keys.Dispose();
            return true;
        }

        Keep(new HeldGrant(keys, access));
        Taken?.Invoke(patientLink);
        return true;
    }

    /// <summary>Who this organisation is to the patient.</summary>
    public OrganisationId Self => self;

    private void Keep(HeldGrant held)
    {
        var bytes = held.Encode();
        vault.KeepSecret(SecretKind.HeldGrant, held.Access.Grant.ToString()!, bytes);
        CryptographicOperations.ZeroMemory(bytes);
        _grants[held.Access.Grant] = held;
    }

    private (ReaderKeys Keys, string PatientLink)? FindOffered(Ed25519PublicKey reader)
    {
        if (vault.FindSecret(SecretKind.AccessRequest, NameOf(reader)) is not { } offered)
        {
            return null;
        }

        try
        {
            return ReadOffered(offered) is var (seeds, patientLink) ? (HeldKeys.Import(seeds.Span), patientLink) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(offered);
        }
    }

    private static (AccessKey Access, Digest Digest)? Open(GrantDelivery delivery, ReaderKeys keys)
    {
        if (HpkeMessage.Open(keys.Answer, SealedFor.AccessKey, delivery.Grant.ToArray(), delivery.Message.Span) is not { } plaintext)
        {
            return null;
        }

        try
        {
            return AccessKey.TryParse(plaintext) is { } access ? (access, Digest.Of(plaintext)) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    // The wallet delivers as soon as the entry is final for it; this node's copy may be a moment behind.
    private async Task<bool> IsOnLedgerAsync(AccessKey access, ReaderKeys keys, Digest digest, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() + Patience;
        while (true)
        {
            var size = replica.Size;
            if (replica.FindTopic(access.Subject.Topic)?.State is SubjectState state
                && state.FindGrant(access.Grant) is { } grant
                && grant.ReaderKey == keys.Reader.Public
                && grant.AnswerKeyDigest == keys.Answer.Public.Digest
                && grant.TermsDigest == access.Terms.Digest
                && IsSigned(access, grant, digest))
            {
                return true;
            }

            var left = until - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                await replica.WaitForSizeAsync(size + 1, cancellationToken).WaitAsync(left, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    // The access key's digest stands in the Granted entry, or in a later GrantExtended; the state does not keep it, because no contract needs it.
    private bool IsSigned(AccessKey access, OpenGrant grant, Digest digest)
    {
        if (replica.FindLeaf(grant.GrantedAt) is not { } granted || Leaf.TryParse(granted.Bytes) is not { } first)
        {
            return false;
        }

        for (var number = first.Number; replica.ReadTopic(access.Subject.Topic, number, 128) is { Count: > 0 } leaves; number += (ulong)leaves.Count)
        {
            foreach (var stored in leaves.Where(stored => stored.Effective))
            {
                if (Leaf.TryParse(stored.Bytes) is { } leaf && Entry.TryParse(leaf.Entry) is { } entry && Names(entry, access.Grant, digest))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Names(Entry entry, GrantId grant, Digest digest) =>
        GrantBody.Find(entry) is { } body ? body.Id == grant && body.AccessKeyDigest == digest
        : entry.Type == ConsentEntryTypes.GrantExtended && GrantExtended.TryParse(entry.Body) is { } extended && extended.Grants.Any(one => one.Grant == grant && one.AccessKeyDigest == digest);

    private static uint LastEpochOf(AccessKey access) => access.Epochs.Count == 0 ? 0 : access.Epochs[^1].Epoch;

    private static string NameOf(Ed25519PublicKey reader) => $"keys/{reader}";

    private static AccessRequest? ReadRequest(byte[] bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var request = new AccessRequest(reader.ReadText(200), DateTimeOffset.FromUnixTimeMilliseconds((long)reader.ReadUInt(253_402_300_799_999)), (int)reader.ReadUInt(MostOffered));
        reader.ReadEndArray();
        return request;
    });

    private static (ReadOnlyMemory<byte> Seeds, string PatientLink)? ReadOffered(byte[] bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var offered = (reader.ReadBytes(HeldKeys.Length), reader.ReadText(200));
        reader.ReadEndArray();
        return offered;
    }, out var result) ? result : null;

    /// <summary>A front desk's request, and how many pairs of keys were made for it.</summary>
    private sealed record AccessRequest(string PatientLink, DateTimeOffset Until, int Offered)
    {
        public byte[] Encode() =>
            new DeterministicCborWriter(128).WriteArray(3).WriteText(PatientLink).WriteUInt((ulong)Until.ToUnixTimeMilliseconds()).WriteUInt((ulong)Offered).ToArray();
    }
}

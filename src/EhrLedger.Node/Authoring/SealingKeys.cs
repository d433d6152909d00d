using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using EhrLedger.Consent;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// The secrets that this author seals with: one for each subject's epoch, one for each self key, one for each custodian and day. They stand in the vault, so that a record
/// costs no encapsulation; those in use are kept in memory, a bounded number of them.
/// </summary>
internal sealed class SealingKeys(VaultStore vault, EncapsulationStore encapsulations, StorageKeys keys, Func<Members> members, IReadOnlyList<Member> founders, CustodianSet custodians, TimeProvider time) : IDisposable
{
    private const int MostInMemory = 20_000;

    private readonly ConcurrentDictionary<string, SealingSecret> _secrets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IndexKey> _indexKeys = new(StringComparer.Ordinal);
    private readonly Lock _making = new();
    private (long Day, CustodianSealing Sealing)? _custodians;

    /// <summary>Makes a subject of a provisional patient: its seed comes from the key store and a salt in the vault, and is not kept.</summary>
    public SubjectId MakeProvisional(string patientUid, Category category)
    {
        using var seed = ProvisionalSeed(patientUid);
        using var relationship = seed.DeriveRelationship(0);
        using var tree = relationship.DeriveCategory((uint)category);
        using var identity = tree.DeriveIdentity();
        using var self = tree.DeriveSelfKey();
        using var sealing = tree.DeriveSealingKey(0);
        var subject = new SubjectId(identity.Public);
        KeepSubject(subject, 0, sealing.Public, self.Public);
        return subject;
    }

    /// <summary>Keeps what is needed to seal for a subject: of a provisional patient, or of a wallet.</summary>
    public void KeepSubject(SubjectId subject, uint epoch, XWingPublicKey sealing, XWingPublicKey self)
    {
        Make(NameOf(subject, epoch), sealing, SealedFor.Category).Dispose();
        Make(NameOfSelf(subject), self, SealedFor.Self).Dispose();
    }

    /// <summary>A wallet's new epoch.</summary>
    public void KeepEpoch(SubjectId subject, uint epoch, XWingPublicKey sealing, ReadOnlySpan<byte> indexKey)
    {
        Make(NameOf(subject, epoch), sealing, SealedFor.Category).Dispose();
        KeepIndexKey(subject, epoch, indexKey);
    }

    public void KeepIndexKey(SubjectId subject, uint epoch, ReadOnlySpan<byte> indexKey) => vault.KeepSecret(SecretKind.IndexKey, NameOf(subject, epoch), indexKey);

    /// <summary>The key of the grantees' index; null for a provisional subject, which has none.</summary>
    public IndexKey? FindIndexKey(SubjectId subject, uint epoch)
    {
        var name = NameOf(subject, epoch);
        if (_indexKeys.TryGetValue(name, out var known))
        {
            return known;
        }

        if (vault.FindSecret(SecretKind.IndexKey, name) is not { } bytes)
        {
            return null;
        }

        // As in Load: those in use stay alive with their users.
        if (_indexKeys.Count >= MostInMemory)
        {
            _indexKeys.Clear();
        }

        var key = new IndexKey(SymmetricKey.FromBytes(bytes));
        CryptographicOperations.ZeroMemory(bytes);
        return _indexKeys.GetOrAdd(name, key);
    }

    /// <summary>Whether the vault has what a record of this subject is sealed with now.</summary>
    public bool CanSealFor(SubjectLink link)
    {
        foreach (var name in (string[])[NameOf(link.Subject, link.Epoch), NameOfSelf(link.Subject)])
        {
            if (vault.FindSecret(SecretKind.Sealing, name) is not { } secret)
            {
                return false;
            }

            CryptographicOperations.ZeroMemory(secret);
        }

        return true;
    }

    /// <summary>What a record of this subject is sealed with now.</summary>
    /// <exception cref="InvalidOperationException">The vault has lost it.</exception>
    public SubjectSealing For(SubjectLink link)
    {
        var epoch = link.Epoch;
        return new SubjectSealing(link.Subject, epoch, Load(NameOf(link.Subject, epoch)), Load(NameOfSelf(link.Subject)));
    }

    /// <summary>What shares are sealed with today.</summary>
    public CustodianSealing ForCustodians()
    {
        var today = time.GetUtcNow().ToUnixTimeSeconds() / 86_400;
        lock (_making)
        {
            if (_custodians is { } current && current.Day == today)
            {
                return current.Sealing;
            }

            var secrets = custodians.Custodians.Select(custodian =>
            {
                var key = members().Find(custodian)?.SealingKey ?? founders.First(member => member.Organisation == custodian).SealingKey;
                var publicKey = XWingPublicKey.TryFromBytes(key.Span) ?? throw new InvalidOperationException("A custodian's sealing key is not one.");
                var name = string.Create(CultureInfo.InvariantCulture, $"custodian/{custodian}/{publicKey.Digest}/{today}");
                if (vault.FindSecret(SecretKind.Sealing, name) is not { } stored)
                {
                    return Make(name, publicKey, SealedFor.Share);
                }

                // The vault may have been written, and the encapsulation not, when the node was stopped.
                var secret = Parse(stored);
                encapsulations.Keep(secret.EncapsulationId, secret.Encapsulation);
                return secret;
            }).ToList();
            var sealing = new CustodianSealing(custodians, secrets);
            _custodians = (today, sealing);
            return sealing;
        }
    }

    /// <summary>Destroys the salt of a provisional seed, and with it the seed, and what was sealed with its keys.</summary>
    public void DestroyProvisional(string patientUid, IEnumerable<SubjectLink> subjects)
    {
        vault.RemoveSecret(SecretKind.ProvisionalSalt, patientUid);
        foreach (var link in subjects)
        {
            foreach (var name in (string[])[NameOf(link.Subject, link.Epoch), NameOfSelf(link.Subject)])
            {
                vault.RemoveSecret(SecretKind.Sealing, name);
                _secrets.TryRemove(name, out _);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var secret in _secrets.Values)
        {
            secret.Dispose();
        }

        foreach (var key in _indexKeys.Values)
        {
            key.Dispose();
        }

        foreach (var secret in _custodians?.Sealing.Secrets ?? [])
        {
            secret.Dispose();
        }
    }

    private static string NameOf(SubjectId subject, uint epoch) => string.Create(CultureInfo.InvariantCulture, $"subject/{subject}/{epoch}");

    private static string NameOfSelf(SubjectId subject) => $"subject/{subject}/self";

    private WalletSeed ProvisionalSeed(string patientUid)
    {
        if (vault.FindSecret(SecretKind.ProvisionalSalt, patientUid) is not { } salt)
        {
            salt = RandomNumberGenerator.GetBytes(32);
            vault.KeepSecret(SecretKind.ProvisionalSalt, patientUid, salt);
        }

        using var seed = keys.Provisional.Derive("provisional-seed", salt);
        Span<byte> bytes = stackalloc byte[WalletSeed.SeedLength];
        seed.ExportTo(bytes);
        var wallet = WalletSeed.FromBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return wallet;
    }

    private SealingSecret Load(string name)
    {
        if (_secrets.TryGetValue(name, out var known))
        {
            return known;
        }

        // Those dropped here are still used by whoever is sealing with them; the collector takes them, and they are read again when needed.
        if (_secrets.Count >= MostInMemory)
        {
            _secrets.Clear();
        }

        var stored = vault.FindSecret(SecretKind.Sealing, name) ?? throw new InvalidOperationException("The vault has no sealing secret for this subject.");
        return _secrets.GetOrAdd(name, _ => Parse(stored));
    }

    private SealingSecret Make(string name, XWingPublicKey recipient, ReadOnlySpan<byte> info)
    {
        var secret = SealingSecret.SetUp(recipient, info);
        var bytes = new byte[SealingSecret.SecretLength + secret.Encapsulation.Length];
        secret.ExportTo(bytes);
        secret.Encapsulation.CopyTo(bytes.AsMemory(SealingSecret.SecretLength));
        vault.KeepSecret(SecretKind.Sealing, name, bytes);
        CryptographicOperations.ZeroMemory(bytes);
        encapsulations.Keep(secret.EncapsulationId, secret.Encapsulation);
        return secret;
    }

    private static SealingSecret Parse(byte[] stored)
    {
        var secret = SealingSecret.FromStored(stored.AsSpan(SealingSecret.SecretLength), stored.AsSpan(0, SealingSecret.SecretLength));
        CryptographicOperations.ZeroMemory(stored);
        return secret;
    }
}

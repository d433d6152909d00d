using System.Security.Cryptography;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Reads;

/// <summary>Makes the entries without which nothing is searched or read.</summary>
public static class AccessEntries
{
    // What a read names goes into the entry once, inside the details. 1,900 of the longest pairs, with the longest names, pad to less than an entry holds.
    private const int RecordsInOneEntry = 1_900;

    /// <summary>Announces a search.</summary>
    /// <param name="grant">Under which grant.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="purpose">What for; the grant must allow it, or the holders refuse.</param>
    /// <param name="queryDigest">Salted hash of the query.</param>
    /// <param name="validUntil">At most ten minutes ahead.</param>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    /// <exception cref="ArgumentException">Person or role is too long.</exception>
    public static (Entry Entry, SearchOpening Opening) Search(
        ReaderGrant grant, Asker asker, PurposeOfUse purpose, Digest queryDigest, DateTimeOffset validUntil, Digest genesis)
    {
        var opening = new SearchOpening(Salt.Generate(), purpose, queryDigest);
        return (Sign(ConsentEntryTypes.Search, grant, asker, opening.Encode(), queryDigest, validUntil, genesis), opening);
    }

    /// <summary>Announces a read. One that names more than an entry holds becomes several.</summary>
    /// <param name="grant">Under which grant.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="purpose">What for; the grant must allow it, or the custodians refuse.</param>
    /// <param name="records">At least one, of this grant's subject.</param>
    /// <param name="queryDigest">Salted hash of the query.</param>
    /// <param name="validUntil">At most ten minutes ahead.</param>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    /// <exception cref="ArgumentException">Person or role is too long, or there is no record.</exception>
    public static IReadOnlyList<(Entry Entry, ReadOpening Opening)> Read(
        ReaderGrant grant, Asker asker, PurposeOfUse purpose, IEnumerable<RecordVersion> records, Digest queryDigest, DateTimeOffset validUntil, Digest genesis)
    {
        var entries = records.Distinct().Order().Chunk(RecordsInOneEntry).Select(chunk =>
        {
            var opening = new ReadOpening(Salt.Generate(), purpose, chunk);
            return (Sign(ConsentEntryTypes.Read, grant, asker, opening.Encode(), queryDigest, validUntil, genesis), opening);
        }).ToList();
        return entries.Count > 0 ? entries : throw new ArgumentException("A read names at least one record.", nameof(records));
    }

    private static Entry Sign(
        EntryType type, ReaderGrant grant, Asker asker, byte[] opening, Digest queryDigest, DateTimeOffset validUntil, Digest genesis)
    {
        ArgumentNullException.ThrowIfNull(grant);
        ArgumentNullException.ThrowIfNull(asker);
        var details = new AccessDetails(opening, asker.Organisation, asker.Person, asker.Role, queryDigest);
        if (AccessDetails.TryParse(details.Encode()) is null)
        {
            throw new ArgumentException("A person has at most 200 bytes, a role 100.", nameof(asker));
        }

        var nonce = RandomNumberGenerator.GetBytes(16);
        var body = new AccessBody(grant.Grant, Digest.Of(opening), details.Seal(grant.LogKey, nonce));
        return Entry.Sign(type, grant.Subject.Topic, body.Encode(), validUntil, grant.ReaderKey, genesis, nonce);
    }
}

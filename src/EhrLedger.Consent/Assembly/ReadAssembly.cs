using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Assembly;

/// <summary>
/// Puts one read together from what custodians release: checks every share against its header's digest, names the custodians that lied, and opens each record
/// as soon as a threshold of good shares is there. A grantee's node, an insurer and a wallet use the same. Not thread-safe. Shares are zeroed on Dispose.
/// </summary>
public sealed class ReadAssembly : IDisposable
{
    private readonly Dictionary<Digest, Wanted> _wanted = [];
    private readonly Dictionary<uint, CustodianSet> _sets;
    private readonly SortedSet<OrganisationId> _liars = new(Comparer<OrganisationId>.Create((a, b) => a.Key.CompareTo(b.Key)));

    /// <param name="sets">The custodian sets that headers may name.</param>
    public ReadAssembly(params IEnumerable<CustodianSet> sets) => _sets = sets.ToDictionary(set => set.Number);

    /// <summary>Custodians that sent a share which is not theirs of that header. Each is worth an alarm.</summary>
    public IReadOnlySet<OrganisationId> Liars => _liars;

    /// <summary>Whether every record that was asked for has enough shares.</summary>
    public bool IsComplete => _wanted.Values.All(wanted => wanted.Missing == 0);

    /// <summary>Names a record that is to be read.</summary>
    /// <param name="header">Of its version.</param>
    /// <param name="row">Whose place in the log the caller has checked.</param>
    /// <returns>False if the row is not the header's, or the header names a custodian set that nobody knows.</returns>
    public bool Expect(RecordHeader header, WriteRow row)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(row);
        if (row.Header != header.Digest || row.Subject != header.Subject
            || !_sets.TryGetValue(header.CustodianSet, out var set) || set.Custodians.Count != header.ShareDigests.Length)
        {
            return false;
        }

        _wanted.TryAdd(header.Digest, new Wanted(header, row, set));
        return true;
    }

    /// <summary>Takes what a custodian released, its own share of a reader that is a custodian included.</summary>
    /// <param name="custodian">Who answered.</param>
    /// <param name="release">Opened, so that it belongs to this read. Shares of headers that nobody asked for are left out.</param>
    public void Take(OrganisationId custodian, Release release)
    {
        ArgumentNullException.ThrowIfNull(release);
        foreach (var share in release.Shares)
        {
            if (_wanted.TryGetValue(share.Header, out var wanted) && !wanted.TryAdd(custodian, share.Bytes))
            {
                _liars.Add(custodian);
            }
        }
    }

    /// <summary>How many more good shares a record needs; null for one that was not asked for.</summary>
    public int? MissingFor(Digest header) => _wanted.TryGetValue(header, out var wanted) ? wanted.Missing : null;

    /// <summary>Opens a record.</summary>
    /// <param name="header">Digest of a header that was <see cref="Expect"/>ed.</param>
    /// <param name="half">K1 from the index row; null where the access key has K1 itself.</param>
    /// <param name="firstHalves">Of the grant.</param>
    /// <param name="ciphertext">Untrusted.</param>
    /// <exception cref="ArgumentException">Nobody asked for this header.</exception>
    public AssembledRecord Open(Digest header, SealedHalf? half, FirstHalves firstHalves, ReadOnlySpan<byte> ciphertext)
    {
        ArgumentNullException.ThrowIfNull(firstHalves);
        if (!_wanted.TryGetValue(header, out var wanted))
        {
            throw new ArgumentException("The record was not asked for.", nameof(header));
        }

        if (wanted.Missing > 0)
        {
            return new AssembledRecord.TooFewShares(wanted.Missing);
        }

        if (Digest.Of(ciphertext) != wanted.Row.Ciphertext)
        {
            return new AssembledRecord.OtherCiphertext();
        }

        using var first = firstHalves.Open(wanted.Header, half);
        return first is not null
            && RecordOpener.OpenWithShares(wanted.Header, wanted.Row.Commitment, ciphertext, first, wanted.Shares, wanted.Set) is { } content
            ? new AssembledRecord.Opened(content)
            : new AssembledRecord.NotOpenable();
    }

    /// <summary>Overwrites the shares with zeros.</summary>
    public void Dispose()
    {
        foreach (var wanted in _wanted.Values)
        {
            wanted.Dispose();
        }

        _wanted.Clear();
    }

    private sealed class Wanted(RecordHeader header, WriteRow row, CustodianSet set) : IDisposable
    {
        private readonly Dictionary<byte, byte[]> _shares = [];

        public RecordHeader Header => header;

        public WriteRow Row => row;

        public CustodianSet Set => set;

        public int Missing => Math.Max(0, set.Threshold - _shares.Count);

        public IEnumerable<ReadOnlyMemory<byte>> Shares => _shares.Values.Select(share => (ReadOnlyMemory<byte>)share);

        /// <returns>False if it is not that custodian's share.</returns>
        public bool TryAdd(OrganisationId custodian, ReadOnlyMemory<byte> share)
        {
            if (!CustodianShare.IsShareOf(header, set, custodian, share.Span))
            {
                return false;
            }

            // A copy: the release zeroes its own.
            _shares.TryAdd(share.Span[0], share.ToArray());
            return true;
        }

        public void Dispose()
        {
            foreach (var share in _shares.Values)
            {
                System.Security.Cryptography.CryptographicOperations.ZeroMemory(share);
            }
        }
    }
}

using EhrLedger.Client.Transport;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Client.Nodes;

/// <summary>The calls about sealed records: docs/http.md. What has a digest is held against it.</summary>
public sealed class RecordCalls
{
    /// <summary>Most bytes of a ciphertext.</summary>
    public const int LargestCiphertext = 64 << 20;

    private const int LargestRelease = 4 << 20;
    private const int LargestSearch = 32 << 20;

    private readonly NodeCaller _caller;

    internal RecordCalls(NodeCaller caller) => _caller = caller;

    /// <summary>A ciphertext with this digest.</summary>
    /// <param name="digest">From a row.</param>
    /// <param name="about">The subject, where asking lets the node guess it; it does for whoever has the ciphertext.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<byte[]>> ReadCiphertextAsync(Digest digest, Topic? about, CancellationToken cancellationToken)
    {
        var answer = await _caller.GetAsync($"/records/ciphertexts/{digest}", about, LargestCiphertext, cancellationToken).ConfigureAwait(false);
        return answer.Then(bytes => Digest.Of(bytes.Span) == digest ? bytes.ToArray() : null, "a ciphertext with another digest");
    }

    /// <summary>An encapsulation with this digest: 1,120 bytes.</summary>
    public async Task<Answer<byte[]>> ReadEncapsulationAsync(Digest digest, Topic? about, CancellationToken cancellationToken)
    {
        var answer = await _caller.GetAsync($"/records/encapsulations/{digest}", about, XWingPublicKey.EncapsulationLength, cancellationToken).ConfigureAwait(false);
        return answer.Then(
            bytes => bytes.Length == XWingPublicKey.EncapsulationLength && Digest.Of(bytes.Span) == digest ? bytes.ToArray() : null, "an encapsulation with another digest");
    }

    /// <summary>Asks a custodian for its shares.</summary>
    /// <param name="request">The signed release-request.</param>
    /// <param name="subject">Whose records.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The HPKE message, which only the answer key opens: who opens it checks each share against its header.</returns>
    public Task<Answer<ReadOnlyMemory<byte>>> ReleaseAsync(ReadOnlyMemory<byte> request, Topic subject, CancellationToken cancellationToken) =>
        _caller.PostAsync("/custody/releases", subject, request, LargestRelease, cancellationToken);

    /// <summary>Asks an index holder for candidates.</summary>
    /// <param name="request">The signed search-request.</param>
    /// <param name="subject">Whose records.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>CBOR of index rows, which only the index key opens.</returns>
    public Task<Answer<ReadOnlyMemory<byte>>> SearchAsync(ReadOnlyMemory<byte> request, Topic subject, CancellationToken cancellationToken) =>
        _caller.PostAsync("/index/searches", subject, request, LargestSearch, cancellationToken);
}

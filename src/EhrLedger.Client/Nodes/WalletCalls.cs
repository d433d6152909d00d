using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Messaging.Envelopes;

namespace EhrLedger.Client.Nodes;

/// <summary>What a wallet asks of an organisation: docs/http.md. Secrets go in HPKE messages to the organisation's sealing key on the ledger.</summary>
public sealed class WalletCalls
{
    private const int LargestAnswer = 64 << 20;
    private const int NoContent = 1_024;
    private const int LargestShare = 4_096;

    private readonly NodeCaller _caller;
    private readonly Consortium _consortium;

    internal WalletCalls(NodeCaller caller, Consortium consortium)
    {
        _caller = caller;
        _consortium = consortium;
    }

    /// <summary>The HPKE info of every message from a wallet to an organisation.</summary>
    public static ReadOnlySpan<byte> MessageInfo => "ehrledger/v1/wallet"u8;

    /// <summary>Takes over the patient's subjects with a one-time code. This one request names all of them, to the one organisation that links them anyway.</summary>
    /// <param name="plaintext">An encoded <see cref="Connection"/>; the caller zeroes it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<Connected>> ConnectAsync(ReadOnlyMemory<byte> plaintext, CancellationToken cancellationToken)
    {
        var answer = await PostSealedAsync("/wallet/connections", plaintext, null, LargestAnswer, cancellationToken).ConfigureAwait(false);
        return answer.Then(bytes => Connected.TryParse(bytes), "an answer to a connection that can't be read");
    }

    /// <summary>Gives the author the keys of a new epoch.</summary>
    /// <param name="plaintext">An encoded <see cref="NewEpoch"/>; the caller zeroes it.</param>
    /// <param name="subject">Whose epoch.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<Done>> StartEpochAsync(ReadOnlyMemory<byte> plaintext, Topic subject, CancellationToken cancellationToken) =>
        (await PostSealedAsync("/wallet/epochs", plaintext, subject, NoContent, cancellationToken).ConfigureAwait(false)).Then(_ => Done.Instance, "");

    /// <summary>Sealed records of a subject: kind 1.</summary>
    public async Task<Answer<SubjectRecords>> ReadRecordsAsync(SubjectRequest request, Ed25519PrivateKey key, CancellationToken cancellationToken) =>
        (await AskAsync(request, SubjectRequestKind.Records, key, cancellationToken).ConfigureAwait(false))
            .Then(bytes => SubjectRecords.TryParse(bytes) is { } answer && answer.Records.Count <= request.Count ? answer : null, "records that can't be read");

    /// <summary>The author's own reads: kind 2.</summary>
    public async Task<Answer<SubjectReads>> ReadReadsAsync(SubjectRequest request, Ed25519PrivateKey key, CancellationToken cancellationToken) =>
        (await AskAsync(request, SubjectRequestKind.Reads, key, cancellationToken).ConfigureAwait(false))
            .Then(bytes => SubjectReads.TryParse(bytes) is { } answer && answer.Reads.Count <= request.Count ? answer : null, "reads that can't be read");

    /// <summary>What a custodian released on: kind 3.</summary>
    public async Task<Answer<SubjectReleases>> ReadReleasesAsync(SubjectRequest request, Ed25519PrivateKey key, CancellationToken cancellationToken) =>
        (await AskAsync(request, SubjectRequestKind.Releases, key, cancellationToken).ConfigureAwait(false)).Then(bytes => SubjectReleases.TryParse(bytes), "releases that can't be read");

    /// <summary>The epoch that the author seals under: kind 4.</summary>
    public async Task<Answer<AuthorEpoch>> ReadAuthorEpochAsync(SubjectRequest request, Ed25519PrivateKey key, CancellationToken cancellationToken) =>
        (await AskAsync(request, SubjectRequestKind.AuthorEpoch, key, cancellationToken).ConfigureAwait(false)).Then(bytes => AuthorEpoch.TryParse(bytes), "an epoch that can't be read");

    /// <summary>What a custodian keeps for emergencies: kind 5.</summary>
    public async Task<Answer<EmergencyKept>> ReadEmergencyAsync(SubjectRequest request, Ed25519PrivateKey key, CancellationToken cancellationToken) =>
        (await AskAsync(request, SubjectRequestKind.Emergency, key, cancellationToken).ConfigureAwait(false)).Then(bytes => EmergencyKept.TryParse(bytes), "what is kept for emergencies, which can't be read");

    /// <summary>Leaves a custodian what it is to keep for emergencies.</summary>
    /// <param name="signedBytes">A signed <see cref="Consent.Emergencies.EmergencyDeposit"/>.</param>
    /// <param name="subject">Whose.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<Done>> DepositEmergencyAsync(ReadOnlyMemory<byte> signedBytes, Topic subject, CancellationToken cancellationToken) =>
        (await _caller.PostAsync("/wallet/emergency-deposits", subject, signedBytes, NoContent, cancellationToken).ConfigureAwait(false)).Then(_ => Done.Instance, "");

    /// <summary>Tells a member what it is to destroy.</summary>
    /// <param name="order">An encoded <see cref="Consent.Erasing.ErasureOrder"/>, whose Erased entry is final.</param>
    /// <param name="subject">Whose.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<Done>> OrderErasureAsync(ReadOnlyMemory<byte> order, Topic subject, CancellationToken cancellationToken) =>
        (await _caller.PostAsync("/wallet/erasures", subject, order, NoContent, cancellationToken).ConfigureAwait(false)).Then(_ => Done.Instance, "");

    /// <summary>Leaves a custodian what it is to keep for the wallet's recovery.</summary>
    /// <param name="signedBytes">A signed <see cref="Consent.Recovery.RecoveryDeposit"/>.</param>
    /// <param name="recovery">Whose.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<Done>> DepositRecoveryAsync(ReadOnlyMemory<byte> signedBytes, Topic recovery, CancellationToken cancellationToken) =>
        (await _caller.PostAsync("/wallet/recovery-deposits", recovery, signedBytes, NoContent, cancellationToken).ConfigureAwait(false)).Then(_ => Done.Instance, "");

    /// <summary>Asks a custodian for its share of a recovery.</summary>
    /// <param name="request">A signed <see cref="Consent.Recovery.RecoveryReleaseRequest"/>.</param>
    /// <param name="recovery">Whose.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The HPKE message, which only the answer key opens: who opens it checks the share against the plan.</returns>
    public Task<Answer<ReadOnlyMemory<byte>>> ReleaseRecoveryAsync(ReadOnlyMemory<byte> request, Topic recovery, CancellationToken cancellationToken) =>
        _caller.PostAsync("/custody/recovery-releases", recovery, request, LargestShare, cancellationToken);

    /// <summary>Whether an organisation offers to be a guardian. Refused with 404 where it does not.</summary>
    public async Task<Answer<Done>> FindGuardianOfferAsync(CancellationToken cancellationToken) =>
        (await _caller.GetAsync("/wallet/guardians", null, NoContent, cancellationToken).ConfigureAwait(false)).Then(_ => Done.Instance, "");

    /// <summary>Asks an organisation to be a guardian of its patient. Refused with 404 where it does not offer that, with 403 where it does not know the subject.</summary>
    /// <param name="request">Signed by the subject's current key.</param>
    /// <param name="cancellationToken">Gives up; it may have agreed all the same.</param>
    /// <returns>What it has signed. Whether the signature is good, the caller checks.</returns>
    public async Task<Answer<GuardianAcceptance>> AskGuardianAsync(GuardianRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var answer = await PostSealedAsync("/wallet/guardians", request.Encode(), request.Subject.Topic, LargestShare, cancellationToken).ConfigureAwait(false);
        return answer.Then(bytes => GuardianAcceptance.TryDecode(bytes), "an answer of a guardian that can't be read");
    }

    /// <summary>Has the grantee's node make keys for grants.</summary>
    /// <param name="accessRequest">16 bytes: what the grantee's invitation named.</param>
    /// <param name="count">1 to 32.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<ReaderKeysOffer>> RequestReaderKeysAsync(ReadOnlyMemory<byte> accessRequest, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ReaderKeysOffer.MostKeys);
        var body = new DeterministicCborWriter(8).WriteArray(1).WriteUInt((ulong)count).ToArray();
        var path = $"/wallet/access-requests/{Convert.ToHexStringLower(accessRequest.Span)}/reader-keys";
        var answer = await _caller.PostAsync(path, null, body, 128 * 1024, cancellationToken).ConfigureAwait(false);
        return answer.Then(
            bytes => _caller.Member is { } grantee ? ReaderKeysOffer.Open(bytes, grantee.SigningKey, _consortium.Digest, count) : null,
            "reader keys that the organisation's key on the ledger has not signed");
    }

    /// <summary>Gives the grantee an access key. One request names one grant, and so one subject.</summary>
    /// <param name="delivery">What.</param>
    /// <param name="subject">Whose grant.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<Done>> DeliverAsync(GrantDelivery delivery, Topic subject, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return (await _caller.PostAsync("/wallet/grants", subject, delivery.Encode(), NoContent, cancellationToken).ConfigureAwait(false)).Then(_ => Done.Instance, "");
    }

    /// <summary>Leaves a signed directory. Refused with 409 where the member has one with this number or a higher one.</summary>
    /// <param name="name">The key that has signed it.</param>
    /// <param name="signedBytes">A signed <see cref="SealedDirectory"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="about">The topic whose name this is too, so that nobody sees who asks; null for a name that stands nowhere else.</param>
    public async Task<Answer<Done>> WriteDirectoryAsync(Ed25519PublicKey name, ReadOnlyMemory<byte> signedBytes, CancellationToken cancellationToken, Topic? about = null) =>
        (await _caller.SendAsync(HttpMethod.Put, PathOf(name), about, signedBytes, NoContent, cancellationToken).ConfigureAwait(false)).Then(_ => Done.Instance, "");

    /// <summary>The directory under this name, its signature checked. Refused with 404 where the member has none.</summary>
    /// <param name="name">The key that has signed it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="about">The topic whose name this is too, so that nobody sees who asks; null for a name that stands nowhere else.</param>
    public async Task<Answer<SealedDirectory>> ReadDirectoryAsync(Ed25519PublicKey name, CancellationToken cancellationToken, Topic? about = null) =>
        (await _caller.GetAsync(PathOf(name), about, SealedDirectory.LargestSize + 1_024, cancellationToken).ConfigureAwait(false))
            .Then(bytes => SealedDirectory.Open(bytes, name, _consortium.Digest), "a directory that its key has not signed");

    /// <summary>Hands the organisation's agent an envelope.</summary>
    /// <returns>The envelope that came back on the same connection; empty where none did. Refused with 404 where it could not be opened.</returns>
    public Task<Answer<ReadOnlyMemory<byte>>> SendEnvelopeAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken) =>
        _caller.SendAsync(HttpMethod.Post, "/agent", null, envelope, Envelope.MostBytes, Envelope.MediaType, cancellationToken);

    private static string PathOf(Ed25519PublicKey name) => "/wallet/directories/" + Convert.ToHexStringLower(name.ToArray());

    private async Task<Answer<ReadOnlyMemory<byte>>> AskAsync(SubjectRequest request, SubjectRequestKind kind, Ed25519PrivateKey key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Kind == kind && request.Organisation == _caller.Organisation
            ? await _caller.PostAsync("/wallet/subject", request.Subject.Topic, request.Sign(key, _consortium.Digest), LargestAnswer, cancellationToken, isAboutOwnPatient: kind != SubjectRequestKind.Releases).ConfigureAwait(false)
            : throw new ArgumentException("The request is of another kind, or for another organisation.", nameof(request));
    }

    private async Task<Answer<ReadOnlyMemory<byte>>> PostSealedAsync(
        string path, ReadOnlyMemory<byte> plaintext, Topic? about, int mostBytes, CancellationToken cancellationToken)
    {
        if (_caller.Member is not { } member || XWingPublicKey.TryFromBytes(member.SealingKey.Span) is not { } recipient)
        {
            return new Answer<ReadOnlyMemory<byte>>.Unavailable("no sealing key of the organisation is known");
        }

        var message = HpkeMessage.Seal(recipient, MessageInfo, _consortium.Digest.ToArray(), plaintext.Span);
        return await _caller.PostAsync(path, about, message, mostBytes, cancellationToken).ConfigureAwait(false);
    }
}

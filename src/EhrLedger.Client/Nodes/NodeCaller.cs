using EhrLedger.Client.Transport;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Nodes;

/// <summary>Makes the calls to one member's node, at the address that the ledger has for it.</summary>
internal sealed class NodeCaller(OrganisationId organisation, KnownMembers members, IRoute route, ClientSettings settings)
{
    public OrganisationId Organisation => organisation;

    public Member? Member => members.Find(organisation);

    public Task<Answer<ReadOnlyMemory<byte>>> GetAsync(string path, Topic? about, int mostBytes, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, about, null, mostBytes, cancellationToken);

    public Task<Answer<ReadOnlyMemory<byte>>> PostAsync(string path, Topic? about, ReadOnlyMemory<byte> body, int mostBytes, CancellationToken cancellationToken, bool isAboutOwnPatient = false) =>
        SendAsync(HttpMethod.Post, path, about, body, mostBytes, "application/cbor", cancellationToken, isAboutOwnPatient);

    public Task<Answer<ReadOnlyMemory<byte>>> SendAsync(HttpMethod method, string path, Topic? about, ReadOnlyMemory<byte>? body, int mostBytes, CancellationToken cancellationToken) =>
        SendAsync(method, path, about, body, mostBytes, "application/cbor", cancellationToken);

    public async Task<Answer<ReadOnlyMemory<byte>>> SendAsync(
        HttpMethod method, string path, Topic? about, ReadOnlyMemory<byte>? body, int mostBytes, string contentType, CancellationToken cancellationToken, bool isAboutOwnPatient = false) =>
        members.Find(organisation) is not { } member
            ? new Answer<ReadOnlyMemory<byte>>.Unavailable("not a member that is known here")
            : !TryAddress(member.Endpoint, out var address)
                ? new Answer<ReadOnlyMemory<byte>>.Untrue("its address on the ledger is no HTTP address")
                : await route.SendAsync(
                    new NodeCall(address, method, path, about, body, mostBytes, settings.CallTimeout) { Target = member, ContentType = contentType, IsAboutOwnPatient = isAboutOwnPatient }, cancellationToken).ConfigureAwait(false);

    internal static bool TryAddress(string endpoint, out Uri address) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out address!) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);
}

/// <summary>An answer without content.</summary>
public sealed record Done
{
    internal static Done Instance { get; } = new();
}

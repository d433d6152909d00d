using System.Text.Json;
using EhrLedger.Client.Transport;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.App.Session;

/// <summary>The node that the app was loaded from: the only one that it may talk to.</summary>
internal sealed class OriginNode(IRoute route, Uri address)
{
    private const int LargestGenesis = 1 << 20;
    private const int LargestName = 4 << 10;

    /// <summary>The way there.</summary>
    public IRoute Route => route;

    /// <summary>Its base address.</summary>
    public Uri Address => address;

    /// <summary>The node's genesis, not checked against anything; null if it does not answer.</summary>
    public Task<ReadOnlyMemory<byte>?> FindGenesisAsync(CancellationToken cancellationToken) => FindAsync("/ledger/genesis", LargestGenesis, cancellationToken);

    /// <summary>Whose node it says that it is; null if it does not answer. A lie makes calls fail, and nothing else: what matters is sealed to who the ledger says.</summary>
    public async Task<OrganisationId?> FindOrganisationAsync(CancellationToken cancellationToken) => await FindAsync("/relay", LargestName, cancellationToken) is { } json ? TryRead(json) : null;

    private static OrganisationId? TryRead(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("organisation", out var name)
                && name.ValueKind == JsonValueKind.String
                && Ed25519PublicKey.FromDidKey(name.GetString()!) is { } key
                ? new OrganisationId(key)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<ReadOnlyMemory<byte>?> FindAsync(string path, int most, CancellationToken cancellationToken) =>
        (await route.SendAsync(new NodeCall(address, HttpMethod.Get, path, null, null, most, new ClientSettings().CallTimeout), cancellationToken)).TryGet(out var bytes) ? (ReadOnlyMemory<byte>?)bytes : null;
}

using System.Security.Cryptography;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Agents;
using EhrLedger.Node.Keys;

namespace EhrLedger.Node.Agents;

/// <summary>The agent's own keys, derived from the root in the organisation's key store: docs/formats.md, "Keys of a node's agent".</summary>
internal sealed class AgentKeys(OrganisationKeys organisation) : IAgentKeys, IDisposable
{
    private readonly SymmetricKey _branch = organisation.Root.Derive("agent");

    /// <inheritdoc/>
    public Ed25519PrivateKey Derive(string name)
    {
        using var derived = _branch.Derive("agent/key", Encoding.UTF8.GetBytes(name));
        Span<byte> seed = stackalloc byte[Ed25519PrivateKey.SeedLength];
        derived.ExportTo(seed);
        var key = Ed25519PrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <inheritdoc/>
    public void Dispose() => _branch.Dispose();
}

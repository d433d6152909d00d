using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;

namespace EhrLedger.Node.Wallets;

/// <summary>What wallets send that holds a secret: an HPKE message to this organisation's sealing key (docs/http.md).</summary>
internal static class WalletRequest
{
    private static ReadOnlySpan<byte> Purpose => "ehrledger/v1/wallet"u8;

    /// <summary>Null if it was sealed to another key or consortium. The caller zeroes it.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> message, XWingPrivateKey sealingKey, Digest genesis) => HpkeMessage.Open(sealingKey, Purpose, genesis.ToArray(), message);
}

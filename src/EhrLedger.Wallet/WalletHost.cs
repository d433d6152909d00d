using EhrLedger.Client;
using EhrLedger.Client.Transport;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Wallet.Storage;

namespace EhrLedger.Wallet;

/// <summary>What an app gives its wallet to live in.</summary>
/// <param name="Consortium">Opened under the digest that the patient was given.</param>
/// <param name="Route">The way to the members' nodes.</param>
/// <param name="Store">Where the wallet's encrypted bytes are kept.</param>
/// <param name="Time">The clock.</param>
/// <param name="Alarms">Told of members that lie: to be shown to the patient.</param>
public sealed record WalletHost(Consortium Consortium, IRoute Route, IWalletStore Store, TimeProvider Time, IAlarmSink Alarms)
{
    /// <summary>How long to wait for nodes.</summary>
    public ClientSettings Settings { get; init; } = new();
}

using EhrLedger.Wallet.App.Device;
using EhrLedger.Wallet.App.Session;
using EhrLedger.Wallet.App.Texts;
using Microsoft.AspNetCore.Components;

namespace EhrLedger.Wallet.App.Shell;

/// <summary>What every screen has: the wallet, what is on the shelf, words in the patient's language. It is drawn again when one of them changes.</summary>
public abstract class Screen : ComponentBase, IDisposable
{
    [Inject]
    private protected WalletOnDevice Mine { get; set; } = null!;

    [Inject]
    private protected Shelf Shelf { get; set; } = null!;

    [Inject]
    private protected Notices Notices { get; set; } = null!;

    [Inject]
    private protected Language Language { get; set; } = null!;

    [Inject]
    private protected IDevice Device { get; set; } = null!;

    [Inject]
    private protected NavigationManager Navigation { get; set; } = null!;

    /// <summary>The words.</summary>
    private protected PatientTexts T => Language.Texts;

    /// <inheritdoc/>
    public void Dispose()
    {
        Mine.Changed -= Draw;
        Shelf.Changed -= Draw;
        Language.Changed -= Draw;
        Leave();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Mine.Changed += Draw;
        Shelf.Changed += Draw;
        Language.Changed += Draw;
    }

    /// <summary>The screen goes.</summary>
    protected virtual void Leave()
    {
    }

    /// <summary>Lets the browser show what was drawn before work that keeps it from drawing.</summary>
    private protected async Task ShowFirstAsync()
    {
        StateHasChanged();
        await Task.Delay(30);
    }

    private void Draw() => _ = InvokeAsync(StateHasChanged);
}

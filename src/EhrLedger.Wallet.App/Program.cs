using EhrLedger.Client.Transport;
using EhrLedger.Wallet.App;
using EhrLedger.Wallet.App.Device;
using EhrLedger.Wallet.App.Session;
using EhrLedger.Wallet.App.Texts;
using EhrLedger.Wallet.Storage;
using Microsoft.AspNetCore.Components.WebAssembly.Hosting;

var builder = WebAssemblyHostBuilder.CreateDefault(args);
builder.RootComponents.Add<Root>("#app");
var origin = new Uri(new Uri(builder.HostEnvironment.BaseAddress), "/");
builder.Services.AddSingleton(TimeProvider.System)
    .AddSingleton<IDevice, BrowserDevice>()
    .AddSingleton<IWalletStore>(services => services.GetRequiredService<IDevice>())
    .AddSingleton<DeviceLock>()
    .AddSingleton<PasskeyLock>()
    .AddSingleton(new OriginNode(new DirectRoute(new HttpClient()), origin))
    .AddSingleton<WalletOnDevice>()
    .AddSingleton<RecoveryOnDevice>()
    .AddSingleton<Shelf>()
    .AddSingleton<Notices>()
    .AddSingleton<Language>();
await builder.Build().RunAsync();

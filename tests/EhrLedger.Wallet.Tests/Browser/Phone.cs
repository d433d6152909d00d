using System.Globalization;
using System.Text;
using System.Text.Json;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.App.Device;
using Microsoft.Playwright;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Browser;

/// <summary>The wallet's app on somebody's phone, or desktop: a browser of its own, watched for what it keeps, sends and logs.</summary>
internal sealed class Phone : IAsyncDisposable
{
    /// <summary>Digits that stand in no address, date or size by chance.</summary>
    public const string Pin = "8305172946";

    private static readonly (string Name, int Width, int Height) Hand = ("phone", 360, 740);
    private static readonly (string Name, int Width, int Height) Desk = ("desktop", 1280, 800);
    private static readonly float Patience = 1_000 * float.Parse(Environment.GetEnvironmentVariable("EHRLEDGER_PATIENCE") ?? "120", CultureInfo.InvariantCulture);
    private readonly IBrowserContext _context;
    private readonly string _name;
    private readonly List<string> _sent = [];
    private readonly List<string> _said = [];
    private readonly HashSet<string> _origins = [];
    private readonly List<string> _asked = [];
    private int _pictures;

    private Phone(IBrowserContext context, IPage page, string name)
    {
        (_context, Page, _name) = (context, page, name);
        context.Request += (_, request) => Note(request);
        context.RequestFinished += (_, request) => _asked.Add($"{DateTime.Now:HH:mm:ss.fff} done {request.Method} {request.Url}");
        context.RequestFailed += (_, request) => _asked.Add($"{DateTime.Now:HH:mm:ss.fff} failed {request.Method} {request.Url} {request.Failure}");
        page.Console += (_, message) => _said.Add(message.Text);
        page.PageError += (_, error) => _said.Add(error);
    }

    public IPage Page { get; }

    /// <summary>What pages and scripts said in the console.</summary>
    public IReadOnlyList<string> Said => _said;

    /// <summary>Where it asked for anything.</summary>
    public IReadOnlyCollection<string> Origins => _origins;

    public static async Task<Phone> BuyAsync(Chromium chromium, string name, string language = "en")
    {
        var context = await chromium.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = Hand.Width, Height = Hand.Height }, Locale = language, Permissions = ["camera", "clipboard-write"] });
        context.SetDefaultTimeout(Patience);
        return new Phone(context, await context.NewPageAsync(), name);
    }

    /// <summary>What carries this test id.</summary>
    public ILocator By(string id) => Page.GetByTestId(id);

    public Task ClickAsync(string id) => By(id).ClickAsync();

    public Task TypeAsync(string id, string text) => By(id).FillAsync(text);

    /// <summary>Touches what saves a file.</summary>
    /// <returns>Its text.</returns>
    public async Task<string> SaveAsync(string id) => Encoding.UTF8.GetString(await SaveBytesAsync(id));

    /// <summary>Touches what saves a file.</summary>
    public async Task<byte[]> SaveBytesAsync(string id)
    {
        var saved = await Page.RunAndWaitForDownloadAsync(() => ClickAsync(id), new PageRunAndWaitForDownloadOptions { Timeout = Patience });
        return await File.ReadAllBytesAsync(await saved.PathAsync());
    }

    /// <summary>The text of the QR code in a PNG, as another phone sees it; null where it sees none.</summary>
    public async Task<string?> ReadCodeAsync(byte[] png)
    {
        Assert.That(png.AsSpan(0, 8).SequenceEqual((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]), Is.True, "no PNG");
        const int Side = 480;
        var brightness = await Page.EvaluateAsync<string>("""
            async ({ png, side }) => {
              const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(png), letter => letter.charCodeAt(0))], { type: 'image/png' }));
              const context = new OffscreenCanvas(side, side).getContext('2d');
              const scale = side / Math.max(picture.width, picture.height);
              context.fillStyle = '#fff';
              context.fillRect(0, 0, side, side);
              context.drawImage(picture, 0, 0, picture.width * scale, picture.height * scale);
              const { data } = context.getImageData(0, 0, side, side);
              return btoa(Array.from({ length: side * side }, (_, i) => String.fromCharCode(data[4 * i])).join(''));
            }
            """, new { png = Convert.ToBase64String(png), side = Side });
        return new QrPicture().Read(Convert.FromBase64String(brightness), Side, Side);
    }

    public Task SeesAsync(string id) => Assertions.Expect(By(id).First).ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = Patience });

    public Task SeesAsync(string id, string text) => Assertions.Expect(By(id).First).ToContainTextAsync(text, new LocatorAssertionsToContainTextOptions { Timeout = Patience });

    public Task CountsAsync(string id, int count) => Assertions.Expect(By(id)).ToHaveCountAsync(count, new LocatorAssertionsToHaveCountOptions { Timeout = Patience });

    public Task OpenAsync(string address) => Page.GotoAsync(address, new PageGotoOptions { Timeout = Patience });

    /// <summary>Opens an address, and does not wait for what the page needs.</summary>
    public Task ComeToAsync(string address) => Page.GotoAsync(address, new PageGotoOptions { WaitUntil = WaitUntilState.Commit, Timeout = Patience });

    /// <summary>Keeps a file of the framework from coming.</summary>
    /// <returns>Lets it come.</returns>
    public async Task<Action> HoldAsync(string file)
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Page.RouteAsync($"**/_framework/{file}*", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        return held.SetResult;
    }

    /// <summary>A file of the framework never comes.</summary>
    public Task LoseAsync(string file) => Page.RouteAsync($"**/_framework/{file}*", route => route.AbortAsync());

    /// <summary>Goes to a screen by its tab, and waits until everything that is under way there has come in.</summary>
    public async Task GoAsync(string tab)
    {
        await ClickAsync($"nav-{tab}");
        await Assertions.Expect(By($"nav-{tab}")).ToHaveAttributeAsync("aria-current", "page", new LocatorAssertionsToHaveAttributeOptions { Timeout = Patience });
        await Assertions.Expect(By("busy")).ToHaveCountAsync(0, new LocatorAssertionsToHaveCountOptions { Timeout = Patience });
    }

    /// <summary>Asks the members again: the app does so when it starts.</summary>
    public async Task StartAgainAsync()
    {
        await Page.ReloadAsync();
        await UnlockAsync();
    }

    public async Task UnlockAsync()
    {
        await TypeAsync("unlock-pin", Pin);
        await ClickAsync("unlock");
        await SeesAsync("lock");
        await Assertions.Expect(By("busy")).ToHaveCountAsync(0, new LocatorAssertionsToHaveCountOptions { Timeout = Patience });
    }

    /// <summary>From the first screen to an open wallet.</summary>
    /// <returns>The 24 words.</returns>
    public async Task<string> MakeWalletAsync()
    {
        await ClickAsync("start-create");
        await LookAsync("words");
        string[] words = [.. await By("words").Locator("li").AllInnerTextsAsync()];
        Assert.That(words, Has.Length.EqualTo(24));
        await ClickAsync("words-next");
        for (var i = 0; i < 3; i++)
        {
            var asked = int.Parse((await By($"confirm-word-{i}").GetAttributeAsync("data-word"))!, CultureInfo.InvariantCulture);
            await TypeAsync($"confirm-word-{i}", words[asked - 1].Trim());
        }

        await LookAsync("confirm");
        await ClickAsync("confirm-next");
        await ChoosePinAsync();
        return string.Join(' ', words.Select(word => word.Trim()));
    }

    public async Task ChoosePinAsync()
    {
        await TypeAsync("pin-new", Pin);
        await TypeAsync("pin-again", Pin);
        await LookAsync("pin");
        await ClickAsync("pin-next");
        await SeesAsync("lock");
    }

    /// <summary>
    /// Pictures of the screen, and what axe-core has against it: in the hand by day, and on a desk by night. Read at 400 % of that desk's size it must need no scrolling sideways
    /// (WCAG 2.2, 1.4.10), and so at 200 % (1.4.4).
    /// </summary>
    public async Task LookAsync(string screen)
    {
        _pictures++;
        await LookAtAsync(screen, Desk, ColorScheme.Dark);
        await Page.SetViewportSizeAsync(Desk.Width / 4, Desk.Height / 4);
        await FitsAsync($"{_name}, {screen}, at 400 %");
        await LookAtAsync(screen, Hand, ColorScheme.Light);
    }

    private async Task LookAtAsync(string screen, (string Name, int Width, int Height) size, ColorScheme colours)
    {
        var what = $"{_name}-{_pictures:00}-{screen}-{size.Name}";
        await Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = colours, ReducedMotion = ReducedMotion.Reduce });
        await Page.SetViewportSizeAsync(size.Width, size.Height);
        await Page.WaitForFunctionAsync("wanted => (document.documentElement.dataset.theme ?? wanted) === wanted", colours == ColorScheme.Dark ? "dark" : "light");
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots.Folder, what + ".png"), FullPage = true });
        Assert.That(await Axe.FindAsync(Page), Is.Empty, what);
        await FitsAsync(what);
    }

    private async Task FitsAsync(string what) =>
        Assert.That(await Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"), Is.LessThanOrEqualTo(0), $"{what}: it is wider than the screen");

    /// <summary>Everything that the browser keeps for the app, as text and, of bytes, as hex.</summary>
    public Task<string> ReadStorageAsync() => Page.EvaluateAsync<string>("""
        async () => {
          const hex = bytes => Array.from(bytes, one => one.toString(16).padStart(2, '0')).join('');
          const say = value => value instanceof ArrayBuffer ? hex(new Uint8Array(value))
            : ArrayBuffer.isView(value) ? hex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
            : Array.isArray(value) ? value.map(say).join(' ')
            : value && typeof value === 'object' ? Object.entries(value).map(([name, one]) => name + '=' + say(one)).join(' ')
            : String(value);
          const all = [];
          for (const { name } of await indexedDB.databases()) {
            const database = await new Promise((done, failed) => { const open = indexedDB.open(name); open.onsuccess = () => done(open.result); open.onerror = failed; });
            for (const store of database.objectStoreNames) {
              const read = call => new Promise((done, failed) => { const request = database.transaction(store).objectStore(store)[call](); request.onsuccess = () => done(request.result); request.onerror = failed; });
              all.push(name, store, say(await read('getAllKeys')), say(await read('getAll')));
            }
            database.close();
          }
          for (const kept of [localStorage, sessionStorage]) all.push(...Object.entries(kept).flat());
          all.push(document.cookie, location.href);
          return all.join('\n');
        }
        """);

    /// <summary>What it shows, said and asked last: for whoever wonders why a test failed.</summary>
    public async Task<string> DescribeAsync()
    {
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots.Folder, $"{_name}-failed.png") });
        return string.Join('\n', _said.TakeLast(20).Concat(_asked.TakeLast(40)));
    }

    /// <summary>Everything that left the browser: addresses, headers and bodies; of bytes also their hex.</summary>
    public string ReadSent() => string.Join('\n', _sent);

    public Task LoseNetworkAsync(bool lost) => _context.SetOfflineAsync(lost);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Note(IRequest request)
    {
        _sent.Add(request.Url);
        _asked.Add($"{DateTime.Now:HH:mm:ss.fff} asked {request.Method} {request.Url}");
        _sent.Add(JsonSerializer.Serialize(request.Headers));
        if (request.PostDataBuffer is { } body)
        {
            _sent.Add(Encoding.Latin1.GetString(body));
            _sent.Add(Convert.ToHexStringLower(body));
        }

        if (Uri.TryCreate(request.Url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            _origins.Add(new Uri(request.Url).GetLeftPart(UriPartial.Authority));
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using EhrLedger.Benchmarks.Http;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Benchmarks.Three;
using Microsoft.Playwright;

namespace EhrLedger.Benchmarks.Wallets;

/// <summary>What a patient waits for: the app's first load over a line of 9 Mbit/s, the next one, and each thing that is done in it. In Debian's Chromium, at the size of a phone, against three nodes.</summary>
internal static class WalletAppBenchmark
{
    private const int Rounds = 3;
    private const double BitsPerSecond = 9e6;
    private const double RoundTrip = 0.02;
    private const string Pin = "8305172946";
    private const float Patience = 120_000;

    private static readonly string[] Steps = ["first screen", "first load", "next load", "make a wallet", "connect", "all records are there", "grant", "unlock", "end a grant"];

    public static async Task<Section> RunAsync(IReadOnlyList<string> flags)
    {
        var section = new Section("wallet", "The wallet's app", "first load at most 3 s at 9 Mbit/s with the service worker cold, at most 1 s warm; a grant at most 1 s.");
        var trio = await Trio.StartAsync().ConfigureAwait(false);
        await using (trio.ConfigureAwait(false))
        {
            using var playwright = await Playwright.CreateAsync().ConfigureAwait(false);
            var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = "/usr/bin/chromium",
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            }).ConfigureAwait(false);
            await using (browser.ConfigureAwait(false))
            {
                var rounds = new List<Round>();
                for (var number = 0; number < Rounds; number++)
                {
                    rounds.Add(await RunOnceAsync(trio, browser, number, flags.Contains("--calls")).ConfigureAwait(false));
                    Console.WriteLine($"round {number + 1} of {Rounds}");
                }

                Print(section, rounds);
            }
        }

        return section;
    }

    private static void Print(Section section, IReadOnlyList<Round> rounds)
    {
        var least = (rounds.Max(round => round.Bytes) * 8 / BitsPerSecond) + RoundTrip;
        section.Table("step", "ms", "against the bytes alone", "calls of nodes");
        foreach (var step in Steps)
        {
            section.Row(
                step,
                Spread.Of(rounds.Select(round => round.Times[step])).Print("0", 1e3),
                step == "first load" ? Spread.Of(rounds.Select(round => round.Times[step] / least)).Print("0.0") : "",
                Spread.Of(rounds.Select(round => round.Calls.GetValueOrDefault(step))).Print("0"));
        }

        section.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{rounds.Max(round => round.Bytes) / 1e6:0.00} MB come over the line at the first load, which takes {least:0.00} s by itself. {Rounds} rounds, each in a browser without anything kept; the line is as slow in every step. Browser and nodes share the machine's cores; .NET runs interpreted."));
    }

    private static async Task<Round> RunOnceAsync(Trio trio, IBrowser browser, int number, bool tells)
    {
        using var hospital = new HttpClient(new Tokens(Tokens.Nobody, trio.Nodes[2])) { BaseAddress = trio.Nodes[2].Address };
        using var clinic = new HttpClient(new Tokens(Tokens.Nobody, trio.Nodes[1])) { BaseAddress = trio.Nodes[1].Address };
        var patient = (string)(await Phone.PostAsync(hospital, "fhir/Patient", Samples.Patient(number)).ConfigureAwait(false))["id"]!;
        var local = (string)(await Phone.PostAsync(clinic, "fhir/Patient", Samples.Patient(number)).ConfigureAwait(false))["id"]!;
        for (var i = 0; i < 20; i++)
        {
            await Phone.PostAsync(hospital, "fhir/Observation", Samples.Observation(patient, i % 3, i, null)).ConfigureAwait(false);
        }

        var card = (string)(await Phone.PostAsync(hospital, $"admin/patients/{patient}/take-over-codes", null).ConfigureAwait(false))["link"]!;
        var asked = new Uri((string)(await Phone.PostAsync(clinic, $"admin/patients/{local}/access-requests", null).ConfigureAwait(false))["link"]!).Fragment;

        var context = await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 360, Height = 740 } }).ConfigureAwait(false);
        await using (context.ConfigureAwait(false))
        {
            context.SetDefaultTimeout(Patience);
            var page = await context.NewPageAsync().ConfigureAwait(false);
            var line = await context.NewCDPSessionAsync(page).ConfigureAwait(false);
            await line.SendAsync("Network.enable").ConfigureAwait(false);
            await line.SendAsync("Network.emulateNetworkConditions", new Dictionary<string, object>
            {
                ["offline"] = false,
                ["latency"] = RoundTrip * 1e3,
                ["downloadThroughput"] = BitsPerSecond / 8,
                ["uploadThroughput"] = BitsPerSecond / 8,
            }).ConfigureAwait(false);
            var round = new Round();
            var cold = true;
            line.Event("Network.loadingFinished").OnEvent += (_, told) => round.Bytes += cold ? told!.Value.GetProperty("encodedDataLength").GetDouble() : 0;
            var watch = Stopwatch.StartNew();
            var under = 0.0;
            line.Event("Network.requestWillBeSent").OnEvent += (_, told) =>
            {
                var request = told!.Value.GetProperty("request");
                var path = new Uri(request.GetProperty("url").GetString()!).AbsolutePath;
                if (!path.StartsWith("/wallet/", StringComparison.Ordinal) || request.GetProperty("method").GetString() != "GET" || !path.Contains('.', StringComparison.Ordinal))
                {
                    under++;
                    Tell($"asked {path}");
                }
            };
            line.Event("Network.responseReceived").OnEvent += (_, told) => Tell($"answered {new Uri(told!.Value.GetProperty("response").GetProperty("url").GetString()!).AbsolutePath}");
            ILocator By(string id) => page.GetByTestId(id);
            async Task SeesAsync(string id) => await By(id).First.WaitForAsync().ConfigureAwait(false);
            void Done(string step)
            {
                round.Times[step] = watch.Elapsed.TotalSeconds;
                round.Calls[step] = under;
                Tell(step);
                Begin();
            }

            void Begin()
            {
                under = 0;
                watch.Restart();
            }

            void Tell(string what)
            {
                if (tells)
                {
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalMilliseconds,6:0} {what}"));
                }
            }

            // The first screen takes what is touched; the load is over when the app answers it.
            await page.GotoAsync(card, new PageGotoOptions { WaitUntil = WaitUntilState.Commit }).ConfigureAwait(false);
            await SeesAsync("start-create").ConfigureAwait(false);
            round.Times["first screen"] = watch.Elapsed.TotalSeconds;
            await page.Locator("#app main").WaitForAsync().ConfigureAwait(false);
            Done("first load");
            cold = false;

            await page.EvaluateAsync("() => navigator.serviceWorker.ready").ConfigureAwait(false);
            Begin();
            await page.GotoAsync(card.Replace("/connect#", "/?#", StringComparison.Ordinal)).ConfigureAwait(false);
            await SeesAsync("start-create").ConfigureAwait(false);
            Done("next load");

            await By("start-create").ClickAsync().ConfigureAwait(false);
            var words = (await By("words").Locator("li").AllInnerTextsAsync().ConfigureAwait(false)).Select(word => word.Trim()).ToList();
            await By("words-next").ClickAsync().ConfigureAwait(false);
            for (var i = 0; i < 3; i++)
            {
                var place = int.Parse((await By($"confirm-word-{i}").GetAttributeAsync("data-word").ConfigureAwait(false))!, CultureInfo.InvariantCulture);
                await By($"confirm-word-{i}").FillAsync(words[place - 1]).ConfigureAwait(false);
            }

            await By("confirm-next").ClickAsync().ConfigureAwait(false);
            await By("pin-new").FillAsync(Pin).ConfigureAwait(false);
            await By("pin-again").FillAsync(Pin).ConfigureAwait(false);
            Begin();
            await By("pin-next").ClickAsync().ConfigureAwait(false);
            await SeesAsync("connect-accept").ConfigureAwait(false);
            Done("make a wallet");

            await By("connect-accept").ClickAsync().ConfigureAwait(false);
            await SeesAsync("connect-done").ConfigureAwait(false);
            Done("connect");
            await By("connect-to-records").ClickAsync().ConfigureAwait(false);
            await By("record").Nth(20).WaitForAsync().ConfigureAwait(false);
            await By("busy").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached }).ConfigureAwait(false);
            Done("all records are there");

            await page.GotoAsync(new Uri(trio.Nodes[2].Address, "wallet/connect").AbsoluteUri + asked).ConfigureAwait(false);
            if (await By("unlock-pin").Or(By("connect-choose")).First.GetAttributeAsync("data-testid").ConfigureAwait(false) == "unlock-pin")
            {
                await By("unlock-pin").FillAsync(Pin).ConfigureAwait(false);
                Begin();
                await By("unlock").ClickAsync().ConfigureAwait(false);
                await SeesAsync("lock").ConfigureAwait(false);
                Done("unlock");
            }

            await SeesAsync("connect-choose").ConfigureAwait(false);
            await By("busy").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached }).ConfigureAwait(false);
            await By("connect-choose").ClickAsync().ConfigureAwait(false);
            await By("share-category-laboratory").ClickAsync().ConfigureAwait(false);
            await By("share-purpose-treat").ClickAsync().ConfigureAwait(false);
            await By("share-days-30").ClickAsync().ConfigureAwait(false);
            Begin();
            await By("share-allow").ClickAsync().ConfigureAwait(false);
            await SeesAsync("share-done").ConfigureAwait(false);
            Done("grant");

            await By("nav-sharing").ClickAsync().ConfigureAwait(false);
            await By("busy").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached }).ConfigureAwait(false);
            await By("revoke").ClickAsync().ConfigureAwait(false);
            Begin();
            await By("revoke-confirm").ClickAsync().ConfigureAwait(false);
            await SeesAsync("sharing-none").ConfigureAwait(false);
            Done("end a grant");
            return round;
        }
    }

    private sealed class Round
    {
        public Dictionary<string, double> Times { get; } = Steps.ToDictionary(step => step, _ => double.NaN);

        public Dictionary<string, double> Calls { get; } = [];

        public double Bytes { get; set; }
    }
}

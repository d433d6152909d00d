using System.Text.Json;
using EhrLedger.Tests;
using Microsoft.Playwright;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Browser;

/// <summary>axe-core, of npm: what people with disabilities could not use on a page, by the rules of WCAG 2.2 AA.</summary>
internal static class Axe
{
    private static readonly string File = Path.Combine(Repository.FindRoot() ?? "", "tests", "BrowserTools", "node_modules", "axe-core", "axe.min.js");
    private static readonly Lazy<string> Source = new(() => System.IO.File.ReadAllText(File));

    /// <summary>Skips the test where it is absent.</summary>
    public static void Require()
    {
        if (!System.IO.File.Exists(File))
        {
            Assert.Ignore("axe-core is absent: run npm ci in tests/BrowserTools.");
        }
    }

    /// <summary>One line for each violation: rule, what it says, where.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(IPage page)
    {
        if (!await page.EvaluateAsync<bool>("() => typeof axe === 'object'"))
        {
            await page.EvaluateAsync(Source.Value);
        }

        var found = await page.EvaluateAsync<JsonElement>("""
            async () => {
              const result = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
              return { rules: result.passes.length, violations: result.violations.map(one => one.id + ': ' + one.help + ' ' + one.nodes.map(node => node.html).slice(0, 3).join(' ')) };
            }
            """);
        Assert.That(found.GetProperty("rules").GetInt32(), Is.Positive, "axe-core has looked at nothing");
        return [.. found.GetProperty("violations").EnumerateArray().Select(one => one.GetString()!)];
    }
}

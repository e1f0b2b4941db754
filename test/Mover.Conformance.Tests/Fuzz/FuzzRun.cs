using System.Diagnostics;
using System.Globalization;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Tests.Fuzz;

/// <summary>What a run of random requests found.</summary>
/// <param name="Problems">Each with its seed, its number and the exchange.</param>
/// <param name="Sent">Requests that were sent.</param>
/// <param name="GrownBytes">What the managed memory of the process, server and client, has grown by since the warm-up.</param>
internal sealed record FuzzReport(IReadOnlyList<string> Problems, int Sent, long GrownBytes);

/// <summary>
/// Sends random requests to the real server and looks at every answer: MOVER_FUZZ=n sends n of them, MOVER_SEED=s the ones of another seed.
/// </summary>
internal static class FuzzRun
{
    /// <summary>Requests before memory is weighed.</summary>
    public const int WarmUp = 300;

    /// <summary>What memory may grow by, however many requests there are.</summary>
    public const long GrowthBytesMax = 64L * 1024 * 1024;

    private const int ProblemsMax = 20;

    /// <summary>The seed that was asked for.</summary>
    public static int Seed { get; } = Number("MOVER_SEED") ?? 20260501;

    /// <summary>Sends a slice; a slow machine stops it early, and one that was asked for by number goes to its end.</summary>
    public static async Task<FuzzReport> SliceAsync(ServerUnderTest server, int slice, TimeSpan most, Func<HttpRequestMessage> next)
    {
        var count = Number("MOVER_FUZZ");
        var watch = Stopwatch.StartNew();
        var problems = new List<string>();
        var before = 0L;
        var sent = 0;
        for (; sent < (count ?? slice) && (count is not null || watch.Elapsed < most) && problems.Count < ProblemsMax; sent++)
        {
            if (sent == WarmUp)
            {
                before = GC.GetTotalMemory(forceFullCollection: true);
            }

            using var request = next();
            if (await SendAsync(server, request) is { } problem)
            {
                problems.Add($"seed {Seed}, request {sent}: {problem}");
            }
        }

        return new(problems, sent, GC.GetTotalMemory(forceFullCollection: true) - before);
    }

    private static async Task<string?> SendAsync(ServerUnderTest server, HttpRequestMessage request)
    {
        try
        {
            using var response = await server.Http.SendAsync(request);
            var exchange = await Exchange.ReadAsync(request, response, default);
            return Problem(exchange) is { } problem ? $"{problem}{Environment.NewLine}{exchange.Excerpt()}" : null;
        }
        catch (HttpRequestException fault)
        {
            return $"{fault.Message} {fault.InnerException?.Message}{Environment.NewLine}{request.Method} {request.RequestUri}";
        }
    }

    private static string? Problem(Exchange exchange)
    {
        if (exchange.Status >= 500)
        {
            return $"the server answered {exchange.Status}";
        }

        if (exchange.IsRefusedUnread)
        {
            return null;
        }

        var missing = new[] { "x-ms-request-id", "x-ms-correlation-request-id" }.FirstOrDefault(id => !exchange.Headers.ContainsKey(id));
        var violations = HasDots(exchange.Path) && exchange.Status < 400 ? [] : ContractCheck.Run(exchange, isRequestChecked: false);
        return missing is not null ? $"there is no {missing}"
            : violations.Count > 0 ? string.Join(' ', violations)
            : null;
    }

    // The web server takes dots out of a path before anybody sees it (RFC 3986, 5.2.4): what is answered is another path.
    private static bool HasDots(string path) => path.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase).Contains("..", StringComparison.Ordinal);

    private static int? Number(string variable) => int.TryParse(
        Environment.GetEnvironmentVariable(variable), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}

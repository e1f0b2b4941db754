using System.Collections.Concurrent;
using Mover.Conformance;
using Mover.Conformance.Contract;

namespace Mover.Server.Tests;

/// <summary>
/// Writes down which operation of which api-version a test class has had answered, one line each, for the page about coverage. Does so only
/// when MOVER_RECORD_EXCHANGES names a folder.
/// </summary>
/// <param name="testClass">The class whose requests pass.</param>
/// <param name="inner">What sends.</param>
internal sealed class ExchangeRecord(string testClass, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("MOVER_RECORD_EXCHANGES");
    private static readonly ConcurrentDictionary<string, bool> Written = new(StringComparer.Ordinal);
    private static readonly Lock Writing = new();

    /// <summary>The handler, or what it would hand on to when nothing is recorded.</summary>
    public static HttpMessageHandler Around(string testClass, HttpMessageHandler inner) =>
        Folder is null ? inner : new ExchangeRecord(testClass, inner);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            Note(await Exchange.ReadAsync(request, response, cancellationToken));
        }

        return response;
    }

    private void Note(Exchange exchange)
    {
        if (ApiDefinitions.OperationOf(exchange) is not { } operation
            || !Written.TryAdd($"{operation} {exchange.ApiVersion} {testClass}", value: true))
        {
            return;
        }

        lock (Writing)
        {
            File.AppendAllText(Path.Combine(Folder!, "server.txt"), $"{operation} {exchange.ApiVersion} {testClass}\n");
        }
    }
}

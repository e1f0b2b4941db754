using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite;

/// <summary>What checks expect of an exchange. Each throws <see cref="RuleBrokenException"/> with the exchange.</summary>
internal static class Expect
{
    public static Exchange Status(this Exchange exchange, params int[] statuses) => statuses.Contains(exchange.Status)
        ? exchange
        : throw new RuleBrokenException($"The status is {exchange.Status}; expected {string.Join(" or ", statuses)}.", exchange);

    /// <summary>An ARM error with a status, and with a code where one is named.</summary>
    public static Exchange Error(this Exchange exchange, int status, params string[] codes)
    {
        exchange.Status(status);
        var code = (string?)exchange.Json?["error"]?["code"];
        return codes.Length == 0 || codes.Contains(code, StringComparer.Ordinal)
            ? exchange
            : throw new RuleBrokenException($"The code is '{code}'; expected {string.Join(" or ", codes)}.", exchange);
    }

    public static Exchange Holds(this Exchange exchange, bool holds, string otherwise) =>
        holds ? exchange : throw new RuleBrokenException(otherwise, exchange);

    /// <summary>Two values are the same; the order of an object's properties does not count.</summary>
    public static Exchange Same(this Exchange exchange, JsonNode? expected, JsonNode? found, string what) =>
        JsonNode.DeepEquals(expected, found) ? exchange : throw new RuleBrokenException(
            $"{what}: {found?.ToJsonString() ?? "absent"}; expected {expected?.ToJsonString() ?? "nothing"}.", exchange);

    /// <summary>A header that has to be there.</summary>
    public static string Header(this Exchange exchange, string name) => exchange.Headers.GetValueOrDefault(name)
        ?? throw new RuleBrokenException($"The header {name} is missing.", exchange);

    /// <summary>The body, which has to be an object.</summary>
    public static JsonObject Object(this Exchange exchange) => exchange.Json as JsonObject
        ?? throw new RuleBrokenException("The body is not a JSON object.", exchange);

    /// <summary>The resource's own properties.</summary>
    public static JsonObject Properties(this Exchange exchange) => exchange.Object()["properties"] as JsonObject
        ?? throw new RuleBrokenException("The resource has no properties.", exchange);
}

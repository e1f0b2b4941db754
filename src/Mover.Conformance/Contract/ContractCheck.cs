using System.Globalization;
using System.Text.Json.Nodes;

namespace Mover.Conformance.Contract;

/// <summary>Where an exchange broke the contract.</summary>
/// <param name="Operation">The operation's name, or verb and path where no definition names one.</param>
/// <param name="Version">The api-version that was asked for.</param>
/// <param name="Part"><c>request</c>, <c>response</c>, or the header's name.</param>
/// <param name="Pointer">A JSON pointer into the body; empty for all of it.</param>
/// <param name="Problem">What is wrong, half a sentence.</param>
public sealed record ContractViolation(string Operation, string Version, string Part, string Pointer, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Operation} ({Version}), {Part}{(Pointer.Length == 0 ? string.Empty : $" {Pointer}")}: {Problem}.";
}

/// <summary>
/// Holds requests and answers to their definition: those of Storage Mover to that of their version, those of deployments to the one there
/// is. A request is held to it only when it was accepted: one that is refused may be wrong on purpose, and then its answer has to be an ARM
/// error.
/// </summary>
public static class ContractCheck
{
    private const string Provider = "/providers/Microsoft.StorageMover/";
    private static readonly string[] OfArm = ["register", "unregister", "locations"];

    /// <summary>Mover's own, below a job run: the managed service sends the log's lines to diagnostic settings instead.</summary>
    private static readonly string[] OfRun = ["copyLog", "progress", "retryFailed"];

    /// <summary>Every violation of an exchange; empty for one that no definition speaks of.</summary>
    /// <param name="exchange">The request and its answer.</param>
    /// <param name="isRequestChecked">False when the request bends the contract on purpose.</param>
    public static IReadOnlyList<ContractViolation> Run(Exchange exchange, bool isRequestChecked = true)
    {
        var found = new Findings(exchange);
        if (!IsHeld(exchange))
        {
            return found.All;
        }

        if (exchange.Status >= 400)
        {
            Refused(exchange, found);
            return found.All;
        }

        if (ApiDefinitions.Of(exchange) is not { } definition)
        {
            found.Add("request", string.Empty, $"the api-version '{exchange.ApiVersion}' is not defined, but was accepted");
        }
        else if (definition.Find(exchange.Method, exchange.Path) is not { } operation)
        {
            found.Add("request", string.Empty, "the version has no such operation, but the request was accepted");
        }
        else
        {
            found.Operation = operation.Id;
            Answered(exchange, definition, operation, found);
            if (isRequestChecked)
            {
                Asked(exchange, definition, operation, found);
            }
        }

        return found.All;
    }

    /// <summary>True when a definition speaks of the exchange: it is an operation's of the provider, or ARM refused it.</summary>
    /// <param name="exchange">The request and its answer.</param>
    public static bool IsHeld(Exchange exchange) => exchange.Status >= 400
        ? IsRefusedByArm(exchange)
        : (IsOfProvider(exchange) && !IsMoversOwn(exchange.Path)) || OperationOf(exchange) is not null;

    /// <summary>The name of the operation that was asked for, by the definition of its version; null when that names none.</summary>
    /// <param name="exchange">The request and its answer.</param>
    public static string? OperationOf(Exchange exchange) =>
        ApiDefinitions.Of(exchange)?.Find(exchange.Method, exchange.Path)?.Id;

    // Authorization, tags and the like hang below resources of any provider, and ARM itself answers whether something exists, whether the
    // provider is registered, and what an operation resulted in.
    private static bool IsOfProvider(Exchange exchange)
    {
        if (ApiDefinitions.IsOfDeployments(exchange.Path))
        {
            return exchange.Method != "HEAD";
        }

        var at = exchange.Path.LastIndexOf("/providers/", StringComparison.OrdinalIgnoreCase);
        if (at < 0 || exchange.Method == "HEAD" || !exchange.Path[at..].StartsWith(Provider, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var below = exchange.Path[(at + Provider.Length)..].Split('/')[0];
        return below.Length > 0 && !OfArm.Contains(below, StringComparer.OrdinalIgnoreCase);
    }

    // Below an agent is its channel: POST …/agents/{agent}/channel/{word}.
    private static bool IsMoversOwn(string path) => path.Split('/') switch
    {
        [.., var type, _, "channel", _] => type.Equals("agents", StringComparison.OrdinalIgnoreCase),
        [.., var type, _, var word] => type.Equals("jobRuns", StringComparison.OrdinalIgnoreCase)
            && OfRun.Contains(word, StringComparer.OrdinalIgnoreCase),
        _ => false,
    };

    private static bool IsRefusedByArm(Exchange exchange) =>
        (exchange.Path.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase)
            || exchange.Path.StartsWith("/providers/", StringComparison.OrdinalIgnoreCase))
        && exchange.Method != "HEAD" && !exchange.IsRefusedUnread;

    private static void Refused(Exchange exchange, Findings found)
    {
        var definition = ApiDefinitions.Of(exchange) ?? ApiDefinitions.Of(ApiDefinitions.Newest);
        if (definition is null)
        {
            return;
        }

        found.Operation = definition.Find(exchange.Method, exchange.Path)?.Id ?? found.Operation;
        if (IsJson(exchange, found))
        {
            found.AddAll("response", SchemaCheck.Run(definition, definition.ErrorSchema, exchange.Json, SchemaUse.Answer));
        }
    }

    private static void Answered(Exchange exchange, ApiDefinition definition, ApiOperation operation, Findings found)
    {
        if (operation.Response(exchange.Status) is not { } response)
        {
            found.Add("response", string.Empty,
                $"the status is {exchange.Status}, not one of {string.Join(", ", operation.Successes)}");
            return;
        }

        Headers(exchange, response, found);
        if (response["schema"] is JsonObject schema)
        {
            if (IsJson(exchange, found))
            {
                found.AddAll("response", SchemaCheck.Run(definition, schema, exchange.Json, SchemaUse.Answer));
            }
        }
        else if (exchange.Body is not ("" or "null"))
        {
            // The live service was recorded answering the four bytes null.
            found.Add("response", string.Empty, $"the {exchange.Status} response has a body, but the definition has none");
        }
    }

    private static void Headers(Exchange exchange, JsonObject response, Findings found)
    {
        foreach (var (name, schema) in response["headers"] as JsonObject ?? [])
        {
            if (exchange.Headers.GetValueOrDefault(name) is { } value && (string?)schema?["type"] == "integer"
                && !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                found.Add($"header {name}", string.Empty, $"is '{value}', not a whole number");
            }
        }

        if (exchange.Status == 202 && !TextRules.IsAddress(exchange.Headers.GetValueOrDefault("Location")))
        {
            found.Add("header Location", string.Empty, "is required with a 202, and must be absolute");
        }
    }

    private static void Asked(Exchange exchange, ApiDefinition definition, ApiOperation operation, Findings found)
    {
        var values = operation.Match(exchange.Path) ?? new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var parameter in operation.Parameters.Select(definition.Resolve).Where(p => (string?)p["in"] == "path"))
        {
            var name = (string?)parameter["name"] ?? string.Empty;
            if (values.TryGetValue(name, out var value) && TextRules.Problem(parameter, value) is { } problem)
            {
                found.Add($"parameter {name}", string.Empty, problem);
            }
        }

        if (operation.BodySchema is not { } schema)
        {
            return;
        }

        if (exchange.RequestBody is null || !Exchange.TryParse(exchange.RequestBody, out var body))
        {
            if (!operation.IsLooseJson)
            {
                found.Add("request", string.Empty, "the body was not JSON, but was accepted");
            }

            return;
        }

        var use = exchange.Method == "PATCH" ? SchemaUse.Patch : SchemaUse.Put;
        found.AddAll("request", SchemaCheck.Run(definition, schema, body, use));
    }

    private static bool IsJson(Exchange exchange, Findings found)
    {
        var type = exchange.Headers.GetValueOrDefault("Content-Type") ?? string.Empty;
        if (!type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
        {
            found.Add("header Content-Type", string.Empty, $"is '{type}', not application/json, with status {exchange.Status}");
            return false;
        }

        if (!Exchange.TryParse(exchange.Body, out var body) || body is null)
        {
            found.Add("response", string.Empty, "the body is not JSON");
            return false;
        }

        return true;
    }

    private sealed class Findings(Exchange exchange)
    {
        private readonly List<ContractViolation> _all = [];

        public string Operation { get; set; } = $"{exchange.Method} {exchange.Path}";

        public IReadOnlyList<ContractViolation> All => _all;

        public void Add(string part, string pointer, string problem) => _all.Add(new(Operation, exchange.ApiVersion, part, pointer,
            problem));

        public void AddAll(string part, IEnumerable<SchemaProblem> problems) =>
            _all.AddRange(problems.Select(p => new ContractViolation(Operation, exchange.ApiVersion, part, p.Pointer, p.Problem)));
    }
}

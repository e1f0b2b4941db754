using System.Text.Json;
using Mover.Core.Arm;
using Mover.Server.Arm;

namespace Mover.Server.Providers;

/// <summary>Resource providers as clients ask for them: every known one is registered, always.</summary>
internal sealed class ProviderRoutes(EndpointDataSource routes, ServerOptions options)
{
    private const string Action = "Microsoft.Resources/subscriptions/providers/read";

    private static readonly Dictionary<string, string[]> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [ApiVersions.StorageMover] =
        [
            "storageMovers", "storageMovers/agents", "storageMovers/endpoints", "storageMovers/connections", "storageMovers/projects",
            "storageMovers/projects/jobDefinitions", "storageMovers/projects/jobDefinitions/jobRuns", "operations", "locations",
            "locations/operationStatuses",
        ],
        [ApiVersions.Storage] = ["storageAccounts"],
        [ApiVersions.HybridCompute] = ["machines"],
        [ApiVersions.Resources] = ["resourceGroups", "subscriptions"],
    };

    public void Map(IEndpointRouteBuilder map)
    {
        map.MapGet("/subscriptions/{subscription}/providers", List).RequiresAction(Action, ActionReach.AnyRole);
        map.MapGet("/subscriptions/{subscription}/providers/{namespace}", Get).RequiresAction(Action, ActionReach.AnyRole);
        map.MapPost("/subscriptions/{subscription}/providers/{namespace}/register",
            Get).RequiresAction("Microsoft.Resources/subscriptions/providers/register/action");
        map.MapGet("/providers/Microsoft.StorageMover/operations", Operations)
            .RequiresAction("Microsoft.StorageMover/operations/read", ActionReach.AnyCaller);
    }

    private IResult List(string subscription) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("value");
        foreach (var (name, types) in Types)
        {
            Provider(writer, subscription, name, types);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private IResult Get(string subscription, string @namespace) => Types.TryGetValue(@namespace, out var types)
        ? Write(writer => Provider(writer, subscription, Types.Keys.First(k => k.Equals(@namespace, StringComparison.OrdinalIgnoreCase)),
            types))
        : ArmErrors.InvalidResourceNamespace(@namespace).ToResult();

    // The actions that routes require are the operations of the provider.
    private IResult Operations() => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("value");
        var actions = routes.Endpoints
            .Select(route => route.Metadata.GetMetadata<RequiredAction>()?.Action)
            .OfType<string>()
            .Where(action => action.StartsWith(ApiVersions.StorageMover + "/", StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.Ordinal);
        foreach (var action in actions)
        {
            Operation(writer, action);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void Operation(Utf8JsonWriter writer, string action)
    {
        var parts = action.Split('/');
        var verb = parts[^1] == "action" ? parts[^2] : parts[^1];
        var resource = string.Join('/', parts[1..(parts[^1] == "action" ? ^2 : ^1)]);
        writer.WriteStartObject();
        writer.WriteString("name", action);
        writer.WriteBoolean("isDataAction", false);
        writer.WriteStartObject("display");
        writer.WriteString("provider", "Microsoft StorageMover");
        writer.WriteString("resource", resource);
        writer.WriteString("operation", verb);
        writer.WriteString("description", $"The right to {verb} resources of type {resource}.");
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void Provider(Utf8JsonWriter writer, string subscription, string name, string[] types)
    {
        writer.WriteStartObject();
        writer.WriteString("id", $"/subscriptions/{subscription}/providers/{name}");
        writer.WriteString("namespace", name);
        writer.WriteString("registrationPolicy", "RegistrationRequired");
        writer.WriteStartArray("resourceTypes");
        foreach (var type in types)
        {
            writer.WriteStartObject();
            writer.WriteString("resourceType", type);
            Texts(writer, "locations", [options.Region]);
            Texts(writer, "apiVersions", ApiVersions.Of(name).Reverse());
            writer.WriteString("capabilities", type == "storageMovers" ? "SupportsTags, SupportsLocation" : "None");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("registrationState", "Registered");
        writer.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private static IResult Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return ArmResults.Raw(StatusCodes.Status200OK, buffer.ToArray());
    }
}

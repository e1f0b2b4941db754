using System.Text.Json;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Operations;
using Mover.Server.Settings;

namespace Mover.Server.Providers;

/// <summary>Resource providers as clients ask for them, and the operations of Storage Mover.</summary>
internal sealed class ProviderRoutes(
    EndpointDataSource routes, ServerOptions options, ProviderCatalogue catalogue, ProviderRegistrations registrations)
{
    private const string Below = "/subscriptions/{subscription}/providers";
    private const string Read = "Microsoft.Resources/subscriptions/providers/read";

    public void Map(IEndpointRouteBuilder map)
    {
        map.MapGet("/providers", ListOfTenant).RequiresAction("Microsoft.Resources/providers/read", ActionReach.AnyCaller);
        map.MapGet("/providers/{namespace}", GetOfTenant).RequiresAction("Microsoft.Resources/providers/read", ActionReach.AnyCaller);
        map.MapGet(Below, ListAsync).RequiresAction(Read, ActionReach.AnyRole);
        map.MapGet(Below + "/{namespace}", GetAsync).RequiresAction(Read, ActionReach.AnyRole);
        map.MapPost(Below + "/{namespace}/register", RegisterAsync)
            .RequiresAction("Microsoft.Resources/subscriptions/providers/register/action").AnsweredByArm();
        map.MapPost(Below + "/{namespace}/unregister", UnregisterAsync)
            .RequiresAction("Microsoft.Resources/subscriptions/providers/unregister/action").AnsweredByArm();
        map.MapGet("/providers/Microsoft.StorageMover/operations", Operations)
            .RequiresAction("Microsoft.StorageMover/operations/read", ActionReach.AnyCaller);
    }

    private IResult ListOfTenant() => List([.. catalogue.All.Select(provider => (provider, (string?)null))], "");

    private IResult GetOfTenant(string @namespace) => catalogue.Find(@namespace) is { } provider
        ? ArmResults.Written(writer => Provider(writer, "", provider, null))
        : ArmErrors.InvalidResourceNamespace(@namespace).ToResult();

    private async Task<IResult> ListAsync(string subscription, CancellationToken cancel)
    {
        var found = new List<(ResourceProvider, string?)>();
        foreach (var provider in catalogue.All)
        {
            found.Add((provider, await registrations.StateOfAsync(subscription, provider, cancel)));
        }

        return List(found, $"/subscriptions/{subscription}");
    }

    private async Task<IResult> GetAsync(string subscription, string @namespace, CancellationToken cancel)
    {
        if (catalogue.Find(@namespace) is not { } provider)
        {
            return ArmErrors.InvalidResourceNamespace(@namespace).ToResult();
        }

        var state = await registrations.StateOfAsync(subscription, provider, cancel);
        return ArmResults.Written(writer => Provider(writer, $"/subscriptions/{subscription}", provider, state));
    }

    private async Task<IResult> RegisterAsync(ResourceScope scope, string subscription, string @namespace, CancellationToken cancel)
    {
        if (catalogue.Find(@namespace) is { } provider)
        {
            await registrations.RegisterAsync(scope with { Id = ResourceId.OfSubscription(subscription) }, provider, cancel);
        }

        return await GetAsync(subscription, @namespace, cancel);
    }

    private async Task<IResult> UnregisterAsync(ResourceScope scope, string subscription, string @namespace, CancellationToken cancel) =>
        catalogue.Find(@namespace) is { } provider
        && await registrations.UnregisterAsync(scope with { Id = ResourceId.OfSubscription(subscription) }, provider, cancel) is { } refusal
            ? refusal.ToResult()
            : await GetAsync(subscription, @namespace, cancel);

    // The actions that routes require are the operations of the provider.
    private IResult Operations() => ArmResults.Written(writer =>
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
        writer.WriteString("description", $"Permission to {verb} resources of type {resource}.");
        writer.WriteEndObject();
        writer.WriteString("origin", "user,system");
        writer.WriteEndObject();
    }

    private IResult List(IReadOnlyList<(ResourceProvider Provider, string? State)> providers, string below) => ArmResults.Written(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("value");
        foreach (var (provider, state) in providers)
        {
            Provider(writer, below, provider, state);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private void Provider(Utf8JsonWriter writer, string below, ResourceProvider provider, string? state)
    {
        writer.WriteStartObject();
        writer.WriteString("id", $"{below}/providers/{provider.Namespace}");
        writer.WriteString("namespace", provider.Namespace);
        writer.WriteStartArray("resourceTypes");
        foreach (var type in provider.Types)
        {
            writer.WriteStartObject();
            writer.WriteString("resourceType", type.Name);
            Texts(writer, "locations", type.HasLocations ? options.Regions.DisplayNames : []);
            Texts(writer, "apiVersions", ApiVersions.Of(provider.Namespace).Reverse());
            writer.WriteString("capabilities", type.Capabilities);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (state is not null)
        {
            writer.WriteString("registrationState", state);
        }

        writer.WriteString("registrationPolicy", provider.IsRegistrationFree ? "RegistrationFree" : "RegistrationRequired");
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
}

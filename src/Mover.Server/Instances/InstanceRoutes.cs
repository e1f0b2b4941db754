using System.Text.Json;
using Mover.Server.Arm;
using Mover.Server.Background;
using Mover.Server.Documents;

namespace Mover.Server.Instances;

/// <summary>
/// <c>GET /addresses</c>, Mover's own: where this control plane is reached, for every caller that it knows.
/// </summary>
internal sealed class InstanceRoutes(InstanceTable table, Departure departure, IRegion region)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/addresses", Addresses).TakesNoApiVersion().RequiresAction("Mover/addresses/read", ActionReach.AnyCaller);

    private IResult Addresses(HttpContext http) => ArmResults.Written(json => Write(
        json, table.AddressesFor(departure.HasBegun ? null : $"{http.Request.Scheme}://{http.Request.Host}", region.PairAddresses)));

    private static void Write(Utf8JsonWriter json, IReadOnlyList<string> addresses)
    {
        json.WriteStartObject();
        json.WriteStartArray("addresses");
        foreach (var address in addresses)
        {
            json.WriteStringValue(address);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

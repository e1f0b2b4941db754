using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Mover.Core.Rules;

namespace Mover.Core.Resources.Versions;

/// <summary>
/// Turns the body of a request in an older api-version into one of the newest, so that rules know one shape only. A property that the
/// version does not have is ignored when it is sent, and in a PUT taken over from what is stored, at any depth; a value that the version
/// shows as another one stays when it comes back as shown. A value or endpoint type that is newer than the version is refused. Pure.
/// </summary>
public static class OlderBodies
{
    /// <summary>The body of a PUT: the whole resource, hidden parts included.</summary>
    /// <param name="version">The version of the request.</param>
    /// <param name="body">The body; not changed.</param>
    /// <param name="stored">What is there, in the newest shape; null for a new one.</param>
    /// <param name="problems">Gets what the version does not have and cannot be ignored.</param>
    public static JsonObject Put<T>(string version, JsonObject body, JsonObject? stored, Problems problems)
        where T : ArmResource => Newest<T>(version, body, stored, problems, isPut: true);

    /// <summary>The body of a PATCH: only what the version can change.</summary>
    /// <inheritdoc cref="Put{T}"/>
    public static JsonObject Patch<T>(string version, JsonObject body, JsonObject? stored, Problems problems)
        where T : ArmResource => Newest<T>(version, body, stored, problems, isPut: false);

    private static JsonObject Newest<T>(string version, JsonObject body, JsonObject? stored, Problems problems, bool isPut)
    {
        var wanted = body.DeepClone().AsObject();
        new Level(version, problems, isPut).Raise(MoverJson.Wire.Options.GetTypeInfo(typeof(T)), wanted, stored, string.Empty);
        return wanted;
    }

    private sealed record Level(string Version, Problems Problems, bool IsPut)
    {
        private const string Discriminator = "endpointType";

        public void Raise(JsonTypeInfo type, JsonObject wanted, JsonObject? stored, string path)
        {
            var own = OwnType(type, wanted, stored);
            if (!ApiCatalogue.HasEndpointType(Version, own.Type) && Text(stored, Discriminator) != Text(wanted, Discriminator)
                && Text(wanted, Discriminator) is { } unknown)
            {
                Problems.Add(path + Discriminator, $"The endpoint type '{unknown}' does not exist in api-version {Version}.");
                return;
            }

            foreach (var property in own.Properties)
            {
                if (!ApiCatalogue.HasProperty(Version, own.Type, property.Name))
                {
                    Hidden(wanted, stored, property.Name);
                }
                else if (wanted[property.Name] is JsonObject below
                    && MoverJson.Wire.Options.GetTypeInfo(property.PropertyType) is { Kind: JsonTypeInfoKind.Object } typeBelow)
                {
                    Raise(typeBelow, below, stored?[property.Name] as JsonObject, $"{path}{property.Name}.");
                }
            }

            foreach (var value in ApiCatalogue.NewerValues(Version, own.Type))
            {
                if (ApiCatalogue.HasProperty(Version, own.Type, value.Property))
                {
                    Value(wanted, stored, value, path);
                }
            }
        }

        private void Hidden(JsonObject wanted, JsonObject? stored, string name)
        {
            wanted.Remove(name);
            if (IsPut && stored?[name] is { } kept)
            {
                wanted[name] = kept.DeepClone();
            }
        }

        private void Value(JsonObject wanted, JsonObject? stored, NewValue value, string path)
        {
            var asked = Text(wanted, value.Property);
            if (Text(stored, value.Property) == value.Value)
            {
                var isAsShown = asked is null ? IsPut : asked.Equals(value.ShownAs, StringComparison.OrdinalIgnoreCase);
                if (isAsShown)
                {
                    wanted[value.Property] = value.Value;
                }
            }
            else if (!value.IsReadOnly && value.Value.Equals(asked, StringComparison.OrdinalIgnoreCase))
            {
                Problems.Add(path + value.Property, $"The value '{value.Value}' does not exist in api-version {Version}; it requires "
                    + $"{value.Since} or later.");
            }
        }

        // Of an endpoint's properties the record of its type. A PATCH may leave the type out.
        private static JsonTypeInfo OwnType(JsonTypeInfo type, JsonObject wanted, JsonObject? stored)
        {
            var name = Text(wanted, Discriminator) ?? Text(stored, Discriminator);
            var derived = type.PolymorphismOptions?.DerivedTypes.FirstOrDefault(d => name is not null && name.Equals(d.TypeDiscriminator))
                .DerivedType;
            return derived is null ? type : MoverJson.Wire.Options.GetTypeInfo(derived);
        }

        private static string? Text(JsonObject? record, string name) =>
            record?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
    }
}

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Mover.Core.Resources.Versions;

/// <summary>
/// How resources are written in an api-version. Made once for each version out of <see cref="MoverJson"/> by leaving out what
/// <see cref="ApiCatalogue"/> says is newer, so that shaping costs nothing at a request. The newest version is <see cref="MoverJson.Wire"/>
/// itself. Only for writing: a body is read with <see cref="OlderBodies"/>. Safe for concurrent use.
/// </summary>
public static class VersionedJson
{
    private static readonly Dictionary<string, JsonSerializerOptions> ByVersion = ApiCatalogue.Versions.ToDictionary(
        version => version, OptionsOf, StringComparer.OrdinalIgnoreCase);

    /// <summary>The JSON of a type in a version; a version that is not one of Storage Mover's is answered in the newest shape.</summary>
    public static JsonTypeInfo<T> Of<T>(string version) =>
        (JsonTypeInfo<T>)(ByVersion.GetValueOrDefault(version) ?? MoverJson.Wire.Options).GetTypeInfo(typeof(T));

    /// <summary>Whether resources are written in this version as they are stored.</summary>
    public static bool IsNewest(string version) =>
        ApiCatalogue.Newest.Equals(version, StringComparison.OrdinalIgnoreCase) || !ByVersion.ContainsKey(version);

    private static JsonSerializerOptions OptionsOf(string version)
    {
        if (ApiCatalogue.Newest == version)
        {
            return MoverJson.Wire.Options;
        }

        var options = MoverJson.Configure(new JsonSerializerOptions());
        options.TypeInfoResolver = MoverJson.Default.WithAddedModifier(type => Shape(type, version));
        return options;
    }

    private static void Shape(JsonTypeInfo type, string version)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }

        var values = ApiCatalogue.NewerValues(version, type.Type).ToLookup(v => v.Property, StringComparer.Ordinal);
        foreach (var property in type.Properties)
        {
            if (!ApiCatalogue.HasProperty(version, type.Type, property.Name))
            {
                property.ShouldSerialize = static (_, _) => false;
            }
            else if (values.Contains(property.Name) && property.Get is { } get)
            {
                var shown = values[property.Name].ToDictionary(v => v.Value, v => v.ShownAs, StringComparer.Ordinal);
                property.Get = record => get(record) is string value && shown.TryGetValue(value, out var other) ? other : get(record);
            }
        }
    }
}

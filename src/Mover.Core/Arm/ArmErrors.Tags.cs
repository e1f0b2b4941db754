using System.Globalization;

namespace Mover.Core.Arm;

/// <summary>
/// Refusals of tags; codes as clients of Azure Resource Manager know them. Source: Azure PowerShell, module <c>Az.Migrate</c>, which checks
/// tags with the service's own codes; <c>InvalidTagNameCharacters</c> is in the Azure CLI's documentation as well.
/// </summary>
public static partial class ArmErrors
{
    /// <summary>400: more tags than a resource may have.</summary>
    public static ArmError TooManyTags(int count, int tagsMax) =>
        new(400, "InvalidTags",
            string.Create(CultureInfo.InvariantCulture, $"A resource can have at most {tagsMax} tags; this one has {count}."), "tags");

    /// <summary>400: a tag's name that is empty or too long.</summary>
    public static ArmError InvalidTagName(string name, int charsMax) =>
        new(400, "InvalidTagName",
            string.Create(CultureInfo.InvariantCulture,
                $"A tag name must have 1 to {charsMax} characters; '{Shown(name)}' has {name.Length}."), "tags");

    /// <summary>400: a tag's name with a character that names do not have.</summary>
    public static ArmError InvalidTagNameCharacters(string name, string forbidden) =>
        new(400, "InvalidTagNameCharacters",
            $"The tag name '{Shown(name)}' contains one of the reserved characters '{forbidden}' or a control character. Only names "
            + "that begin with 'hidden' or 'link' may contain them.", "tags");

    /// <summary>400: a tag's value that is too long.</summary>
    public static ArmError InvalidTagValueLength(string name, int length, int charsMax) =>
        new(400, "InvalidTagValueLength",
            string.Create(CultureInfo.InvariantCulture,
                $"A tag value can have at most {charsMax} characters; the value of '{Shown(name)}' has {length}."), $"tags.{Shown(name)}");
}

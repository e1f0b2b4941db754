namespace Mover.Templates;

/// <summary>What a template may have and cost. Sources: ARM's documented template limits, and bounds of our own.</summary>
public static class TemplateLimits
{
    /// <summary>Characters of the text of a template or parameter file (4 MB).</summary>
    public const int TextCharactersMax = 4 * 1024 * 1024;

    /// <summary>Nesting of JSON.</summary>
    public const int JsonDepthMax = 100;

    /// <summary>Characters of one expression.</summary>
    public const int ExpressionCharactersMax = 24_576;

    /// <summary>Nesting of calls in one expression.</summary>
    public const int ExpressionDepthMax = 250;

    /// <summary>Nesting of evaluations: variables that name variables, functions that call functions, lambdas.</summary>
    public const int EvaluationDepthMax = 500;

    /// <summary>Nodes of expressions that one template may have evaluated.</summary>
    public const long StepsMax = 20_000_000;

    /// <summary>UTF-16 units and list elements that one template may make, counted again for each copy.</summary>
    public const long MadeMax = 256L * 1024 * 1024;

    /// <summary>Parameters of a template.</summary>
    public const int ParametersMax = 256;

    /// <summary>Variables of a template.</summary>
    public const int VariablesMax = 512;

    /// <summary>Outputs of a template.</summary>
    public const int OutputsMax = 64;

    /// <summary>Resources of one template after expansion, nested ones each, and iterations of one copy loop.</summary>
    public const int ResourcesMax = 800;

    /// <summary>Resources of a template and all that are nested in it, counted again for each time that they are expanded.</summary>
    public const int ResourcesInAllMax = 50_000;

    /// <summary>Nested templates that are expanded.</summary>
    public const int NestedTemplatesMax = 500;

    /// <summary>Nesting of templates in templates.</summary>
    public const int NestedTemplateDepthMax = 20;

    /// <summary>Elements that <c>range</c> makes.</summary>
    public const int RangeMax = 10_000;

    /// <summary>Nesting of user-defined types.</summary>
    public const int TypeDepthMax = 64;
}

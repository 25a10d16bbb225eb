using System.Reflection;
using System.Reflection.Emit;

namespace Cavra.Actors.Embedded;

/// <summary>
/// Writes, once per grain interface, the reference class and one call class per method as plain IL, so that a call costs an allocation and
/// a virtual call, with no reflection and no boxing.
/// </summary>
internal static class ProxyEmitter
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Opened = new(StringComparer.Ordinal);
    private static readonly AssemblyBuilder Assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Cavra.Actors.Embedded.Proxies"), AssemblyBuilderAccess.Run);
    private static readonly ModuleBuilder Module = Assembly.DefineDynamicModule("Proxies");
    private static readonly ConstructorInfo OpenAttribute = DefineOpenAttribute();
    private static int _number;

    /// <summary>A factory of unbound references of the interface.</summary>
    internal static Func<GrainReference> Emit(Type interfaceType)
    {
        lock (Gate)
        {
            OpenFor(typeof(ProxyEmitter));
            OpenFor(interfaceType);
            var proxy = Module.DefineType($"{interfaceType.FullName}.Proxy{_number++}", TypeAttributes.Public | TypeAttributes.Sealed, typeof(GrainReference), [interfaceType]);
            var constructor = proxy.DefineDefaultConstructor(MethodAttributes.Public);
            foreach (var declaring in interfaceType.GetInterfaces().Prepend(interfaceType))
            {
                foreach (var method in declaring.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    if (!method.IsAbstract)
                        continue;
                    EmitMethod(proxy, method, EmitCall(new GrainMethod(interfaceType, method)));
                }
            }

            var created = proxy.CreateType();
            var make = new DynamicMethod("Make", typeof(GrainReference), [], typeof(ProxyEmitter).Module, skipVisibility: true);
            var il = make.GetILGenerator();
            il.Emit(OpCodes.Newobj, created.GetConstructor([])!);
            il.Emit(OpCodes.Ret);
            return make.CreateDelegate<Func<GrainReference>>();
        }
    }

    private static Type EmitCall(GrainMethod described)
    {
        var method = described.Method;
        var type = Module.DefineType($"{method.DeclaringType!.FullName}.{method.Name}Call{_number++}", TypeAttributes.Public | TypeAttributes.Sealed, CallBase(method));
        var about = type.DefineField("About", typeof(GrainMethod), FieldAttributes.Public | FieldAttributes.Static);
        var fields = method.GetParameters().Select((p, i) => type.DefineField($"Argument{i}", p.ParameterType, FieldAttributes.Public)).ToArray();
        type.DefineDefaultConstructor(MethodAttributes.Public);

        var getter = Override(type, "get_Method", typeof(GrainMethod), []);
        getter.Emit(OpCodes.Ldsfld, about);
        getter.Emit(OpCodes.Ret);

        var invoke = Override(type, "InvokeOn", typeof(Task), [typeof(object)]);
        invoke.Emit(OpCodes.Ldarg_1);
        invoke.Emit(OpCodes.Castclass, method.DeclaringType);
        foreach (var field in fields)
        {
            invoke.Emit(OpCodes.Ldarg_0);
            invoke.Emit(OpCodes.Ldfld, field);
        }

        invoke.Emit(OpCodes.Callvirt, method);
        if (method.ReturnType.IsValueType)
        {
            var result = invoke.DeclareLocal(method.ReturnType);
            invoke.Emit(OpCodes.Stloc, result);
            invoke.Emit(OpCodes.Ldloca, result);
            invoke.Emit(OpCodes.Call, method.ReturnType.GetMethod("AsTask")!);
        }

        invoke.Emit(OpCodes.Ret);
        var created = type.CreateType();
        created.GetField("About")!.SetValue(null, described);
        return created;
    }

    private static void EmitMethod(TypeBuilder proxy, MethodInfo method, Type call)
    {
        var parameters = method.GetParameters();
        var body = proxy.DefineMethod(
            $"{method.DeclaringType!.FullName}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
            method.ReturnType,
            Array.ConvertAll(parameters, p => p.ParameterType));
        proxy.DefineMethodOverride(body, method);
        var il = body.GetILGenerator();
        var request = il.DeclareLocal(call);
        il.Emit(OpCodes.Newobj, call.GetConstructor([])!);
        il.Emit(OpCodes.Stloc, request);
        for (var i = 0; i < parameters.Length; i++)
        {
            il.Emit(OpCodes.Ldloc, request);
            il.Emit(OpCodes.Ldarg, i + 1);
            il.Emit(OpCodes.Stfld, call.GetField($"Argument{i}")!);
            if (parameters[i].ParameterType != typeof(CancellationToken))
                continue;
            il.Emit(OpCodes.Ldloc, request);
            il.Emit(OpCodes.Ldarg, i + 1);
            il.Emit(OpCodes.Call, Hidden(typeof(GrainCall), nameof(GrainCall.CancelWith)));
        }

        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldloc, request);
        var result = ResultType(method);
        il.Emit(OpCodes.Call, result is null ? Hidden(typeof(GrainReference), nameof(GrainReference.SendVoid)) : Hidden(typeof(GrainReference), nameof(GrainReference.Send)).MakeGenericMethod(result));
        if (method.ReturnType.IsValueType)
            il.Emit(OpCodes.Newobj, method.ReturnType.GetConstructor([result is null ? typeof(Task) : typeof(Task<>).MakeGenericType(result)])!);
        il.Emit(OpCodes.Ret);
    }

    private static Type CallBase(MethodInfo method) => ResultType(method) is { } result ? typeof(ResultCall<>).MakeGenericType(result) : typeof(VoidCall);

    private static Type? ResultType(MethodInfo method)
    {
        var type = method.ReturnType;
        if (method.IsGenericMethodDefinition)
            throw new NotSupportedException($"{method.DeclaringType}.{method.Name}: a grain method must not be generic.");
        if (type == typeof(Task) || type == typeof(ValueTask))
            return null;
        if (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            return type.GetGenericArguments()[0];
        throw new NotSupportedException($"{method.DeclaringType}.{method.Name}: a grain method returns Task, Task<T>, ValueTask or ValueTask<T>, not {type}.");
    }

    private static ILGenerator Override(TypeBuilder type, string name, Type returns, Type[] parameters) =>
        type.DefineMethod(name, MethodAttributes.Family | MethodAttributes.Virtual | MethodAttributes.HideBySig, returns, parameters).GetILGenerator();

    private static MethodInfo Hidden(Type type, string name) =>
        type.GetMethod(name, BindingFlags.Instance | BindingFlags.NonPublic) ?? throw new MissingMethodException(type.FullName, name);

    /// <summary>Lets the emitted classes see internal interfaces and argument types of the assemblies involved.</summary>
    private static void OpenFor(Type type)
    {
        foreach (var assembly in type.GetInterfaces().Append(type).SelectMany(t => t.GetMethods()).SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType))
            .SelectMany(t => t.IsGenericType ? t.GetGenericArguments().Append(t) : [t]).Append(type).Select(t => t.Assembly.GetName().Name!))
        {
            if (Opened.Add(assembly))
                Assembly.SetCustomAttribute(new CustomAttributeBuilder(OpenAttribute, [assembly]));
        }
    }

    /// <summary>The runtime honours this attribute by name, wherever it is defined.</summary>
    private static ConstructorInfo DefineOpenAttribute()
    {
        var type = Module.DefineType("System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute", TypeAttributes.Public | TypeAttributes.Sealed, typeof(Attribute));
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, [typeof(string)]);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Attribute).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [])!);
        il.Emit(OpCodes.Ret);
        return type.CreateType().GetConstructor([typeof(string)])!;
    }
}

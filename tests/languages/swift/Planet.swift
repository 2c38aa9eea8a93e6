import Foundation
import class UIKit.UIView
@testable import Space

/// How many planets there are.
let planetCount: Int = 8, moonCount = 3
private var visited = [String]()
fileprivate var (left, right) = pair()

/**
 A body that goes around a star.

 - Parameter M: its moons.
 */
@available(iOS 13, *)
@objc(XXPlanet)
public final class Planet<M: Moon>: Body<M>, Visitable where M: Hashable {
    /// What goes around it.
    public private(set) var moons: [M] = [], rings: Int
    static let größe = 12.5
    lazy var name: String = { "earth" }()
    var area: Double {
        get { return radius * 2 }
        set { radius = newValue }
    }
    @Published var visitors = 0 {
        didSet { notify(visitors) }
    }
    weak var star: Star?

    typealias Distance = Double

    // From a name.
    public init?(name: String, radius: Double = 1) throws {
        super.init(radius)
        self.name = name
    }

    convenience init(_ other: Planet) { self.init(name: other.name)! }

    deinit { leave() }

    /// Lands there.
    @discardableResult
    override public func land<S: Ship>(
        with ship: S,
        at point: Point...,
        then done: @escaping (Result<S, Error>) -> Void
    ) async throws -> S? where S: Fast {
        func check(_ depth: Int) -> Bool { depth < planetCount }
        let found = moons.filter { $0.isBig }.map(Moon.init)
        guard let first = found.first, check(max(1, 2)) else { throw SpaceError.lost(name) }
        let probe = Probe<M>(count: 3)
        if let lander = ship as? Lander { await lander.touch(probe, delegate: self) }
        visited.append(Self.describe(first))
        return try? perform(#selector(tapped(_:)), land)
    }

    subscript(index: Int) -> M {
        return moons[index]
    }

    static func == (lhs: Planet, rhs: Planet) -> Bool { lhs.name == rhs.name }

    class func make() -> Planet { .init("x") }

    struct Point: Codable {
        let x, y: Int
    }
}

/// How big.
indirect enum Size: String, CaseIterable {
    /// Tiny.
    case small, medium = "m"
    case huge(Int, by: Planet)

    var label: String { rawValue }
    init?(label: String) { nil }
}

public protocol Visitable: AnyObject {
    associatedtype Guest: Hashable
    var visitors: Int { get set }
    static var shared: Self { get }
    init(name: String)
    func visit(_ guest: Guest) throws -> Bool
    subscript(key: String) -> Guest { get }
}

extension Planet: CustomStringConvertible where M: Codable {
    /// In words.
    public var description: String { "planet \(name)" }

    func orbit() -> Double { area * 2 }

    enum Kind { case rocky, gas }
}

extension Array where Element == Moon {
    func biggest() -> Element? { self.max(by: <) }
}

actor Registry {
    var known: [Planet] = []
    func add(_ planet: Planet) { known.append(planet) }
}

typealias Planets = [String: Planet]

infix operator <>: AdditionPrecedence
prefix operator +++

precedencegroup Orbital { higherThan: AdditionPrecedence }

prefix func +++ (value: Int) -> Int { value + 3 }

@MainActor
func launch<T>(_ thing: T, count: Int = 1) -> some View {
    Text("x").padding(count)
}

#if os(iOS)
func onlyPhones() {}
#endif

@propertyWrapper struct Clamped<Value: Comparable> {
    var wrappedValue: Value
}

macro stringify<T>(_ value: T) -> (T, String) = #externalMacro(module: "M", type: "S")
